// usage: node status_fetch.mjs JOB_ID
import fetch from "node-fetch";

const { STT_BASE_URL, STT_API_KEY } = process.env;

fetch(`${STT_BASE_URL}/api/v1/speech-to-text/jobs/${process.argv[2]}`, {
  method: "GET",
  headers: { "X-API-Key": STT_API_KEY },
})
  .then((answer) => answer.json())
  .then((document) => console.log(JSON.stringify(document)))
  .catch((reason) => {
    console.error("The status could not be read:", reason);
    process.exitCode = 1;
  });
