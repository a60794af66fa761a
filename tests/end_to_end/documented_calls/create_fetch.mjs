// usage: node create_fetch.mjs FILE FORMAT
import { createReadStream } from "node:fs";
import FormData from "form-data";
import fetch from "node-fetch";

const [file, format] = process.argv.slice(2);
const { STT_BASE_URL, STT_API_KEY } = process.env;

const form = new FormData();
form.append("question", "Which words are spoken?");
form.append("audio_format", format);
form.append("file", createReadStream(file));

const answer = await fetch(`${STT_BASE_URL}/api/v1/speech-to-text/generate`, {
  method: "POST",
  headers: { "X-API-Key": STT_API_KEY, ...form.getHeaders() },
  body: form,
});
console.log(await answer.text());
