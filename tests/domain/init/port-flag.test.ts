import { expect, test } from "bun:test";
import { portFlagOf } from "../../../src/domain/init/port-flag.ts";

test.each([
  ["vite", "--port $PORT --strictPort", 5173],
  ["vite --host", "--port $PORT --strictPort", 5173],
  ["npx vite dev", "--port $PORT --strictPort", 5173],
  ["NODE_ENV=development vite serve", "--port $PORT --strictPort", 5173],
  ["cross-env A=1 node_modules/.bin/vite", "--port $PORT --strictPort", 5173],
  ["astro dev", "--port $PORT", 4321],
  ["next dev --turbopack", "--port $PORT", 3000],
  ["next start", "--port $PORT", 3000],
  ["wrangler dev src/index.ts", "--port $PORT", 8787],
  ["storybook dev", "--port $PORT", 6006],
  ["python manage.py runserver", "$PORT", 8000],
  [".venv/bin/python3.12 ./manage.py runserver --noreload", "$PORT", 8000],
  ["poetry run python manage.py runserver", "$PORT", 8000],
  ["uvicorn app:app --reload", "--port $PORT", 8000],
  ["uv run uvicorn app.main:app", "--port $PORT", 8000],
  ["python -m uvicorn app:app", "--port $PORT", 8000],
  ["bin/rails server", "--port $PORT", 3000],
  ["bundle exec rails s", "--port $PORT", 3000],
  ["env RUBY_DEBUG_OPEN=true bin/rails server", "--port $PORT", 3000],
])("%s gets its port by %s", (command, argument, port) => {
  expect(portFlagOf(command)).toEqual({ argument, port });
});

test.each([
  "vite build",
  "vite preview",
  "vite --port 3000",
  "vite --port=3000",
  "next dev -p 4000",
  "next dev -p4000",
  "next build",
  "storybook dev -p 6006",
  "storybook build",
  "astro check",
  "wrangler deploy",
  "python manage.py runserver 8001",
  "python manage.py runserver 0.0.0.0:8000",
  "python manage.py migrate",
  "uvicorn app:app --port 9000",
  "bin/rails server -p 3000",
  "bin/rails s -p $PORT",
  "bin/rails db:migrate",
  "node server.js",
  "npm run build && vite",
  "vite & node x.js",
  "vite | tee log",
  "vite # here",
  "vite $(cat args)",
  "echo vite",
  "constructor dev",
  "",
])("%s gets no argument", (command) => {
  expect(portFlagOf(command)).toBeNull();
});
