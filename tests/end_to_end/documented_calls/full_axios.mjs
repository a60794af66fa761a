// usage: node full_axios.mjs FILE FORMAT: submits, polls at a fixed pace, prints the last document.
import { createReadStream } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import axios from "axios";
import FormData from "form-data";

const [file, format] = process.argv.slice(2);
const { STT_BASE_URL, STT_API_KEY, STT_POLL_INTERVAL_S = "2" } = process.env;
const key = { "X-API-Key": STT_API_KEY };
const service = `${STT_BASE_URL}/api/v1/speech-to-text`;

async function untilEnded(jobId) {
  for (;;) {
    await pause(Number(STT_POLL_INTERVAL_S) * 1000);
    const { data: document } = await axios.get(`${service}/jobs/${jobId}`, { headers: key });
    if (["COMPLETED", "FAILED"].includes(document.data.status)) return document;
    console.error(`still ${document.data.status}`);
  }
}

const form = new FormData();
form.append("question", "Which words are spoken?");
form.append("audio_format", format);
form.append("file", createReadStream(file));

try {
  const { data: created } = await axios.post(`${service}/generate`, form, {
    headers: { ...key, ...form.getHeaders() },
  });
  if (!created.success) throw new Error(`refused: ${JSON.stringify(created)}`);
  console.log(JSON.stringify(await untilEnded(created.data.jobId)));
} catch (reason) {
  console.error(reason.response?.data ?? reason.message);
  process.exitCode = 1;
}
