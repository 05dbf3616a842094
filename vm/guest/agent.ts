/**
 * Runs what the host asks for, inside the emulated machine. Both speak in lines of JSON over a virtio port: a request
 * starts a process, ends it, or ends the machine; answers carry its output as it comes and how it ended.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { createReadStream, openSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Answer, Request } from "./protocol.ts";

const port = openSync("/dev/vport0p1", "r+");
const running = new Map<number, ChildProcess>();

function answer(message: Answer): void {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let sent = 0; sent < bytes.length;) sent += writeSync(port, bytes, sent);
}

function start({ id, command, cwd, env }: Extract<Request, { command: unknown }>): void {
  const child = spawn(command[0], command.slice(1), {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.set(id, child);
  for (const channel of ["stdout", "stderr"] as const) {
    child[channel].setEncoding("utf8");
    child[channel].on("data", (text: string) => {
      answer({ id, channel, text });
    });
  }
  child.once("error", (error) => {
    answer({ id, channel: "stderr", text: error.message });
    end(id, 127, null);
  });
  child.once("close", (status, signal) => {
    end(id, status, signal);
  });
}

function end(id: number, status: number | null, signal: string | null): void {
  if (running.delete(id)) answer({ id, status, signal });
}

function handle(request: Request): void {
  if ("powerOff" in request) process.exit(0);
  if ("kill" in request) running.get(request.id)?.kill(request.kill);
  else start(request);
}

answer({ ready: true, uptimeSeconds: process.uptime() });
const lines = createInterface({ input: createReadStream("", { fd: port, autoClose: false }) });
lines.on("line", (line) => {
  handle(JSON.parse(line) as Request);
});
// The host has gone: there is nothing left to run for.
lines.once("close", () => process.exit(0));
