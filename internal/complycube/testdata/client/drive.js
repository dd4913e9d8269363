// Drives the official client: reads a call a line, {"apiKey", "method", "args"}, and answers each with a line, what the
// call returned or the error that it threw.
const readline = require("readline");
const { ComplyCube } = require("@complycube/api");

const baseURL = process.argv[2];

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { apiKey, method, args } = JSON.parse(line);
    const complycube = new ComplyCube({ apiKey });
    complycube.axiosInstance.defaults.baseURL = baseURL;
    let answer;
    try {
      answer = { value: await complycube.client[method](...args) };
    } catch (error) {
      const { name, message, statusCode, type, param, responseBody } = error;
      const isClientError = error.isClientError ? error.isClientError() : null;
      answer = { error: { name, message, statusCode, type, param, responseBody, isClientError } };
    }
    console.log(JSON.stringify(answer));
  }
}

main();
