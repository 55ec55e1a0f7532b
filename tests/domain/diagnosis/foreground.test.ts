import { expect, test } from "bun:test";
import { foregroundForm } from "../../../src/domain/diagnosis/foreground.ts";

test.each([
  ["docker compose up -d", "docker compose up, without -d"],
  ["docker compose -f dev.yml up --detach db", "docker compose up, without -d"],
  ["docker-compose up -d", "docker compose up, without -d"],
  ["docker run -d redis", "docker run, without -d"],
  ["nginx -c /etc/nginx.conf", "nginx -g 'daemon off;'"],
  ["/usr/local/bin/redis-server --daemonize yes", "redis-server --daemonize no"],
  ["pg_ctl -D data start", "postgres -D DIRECTORY"],
  ["npx pm2 start app.js", "pm2-runtime start, or the program itself"],
  ["node server.js &", "the same command, without & at its end"],
  ["nohup node server.js &", "the program itself, without nohup and &"],
  ["npm run build && npm start", null],
  ["node server.js", null],
])("the foreground form of %p is %p", (command, form) => {
  expect(foregroundForm(command)).toBe(form);
});
