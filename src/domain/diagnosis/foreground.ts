/** How well-known programs stay in the foreground: what a command matches, and its form. */
const FORMS: readonly [pattern: RegExp, form: string][] = [
  [/\bdocker(?:-| )compose\b.*\bup\b/, "docker compose up, without -d"],
  [/\bpodman(?:-| )compose\b.*\bup\b/, "podman compose up, without -d"],
  [/\b(?:docker|podman)\b.*\brun\b/, "docker run, without -d"],
  [/\b(?:docker|podman)\b.*\bstart\b/, "docker start -a CONTAINER"],
  [/\bnginx\b/, "nginx -g 'daemon off;'"],
  [/\bredis-server\b/, "redis-server --daemonize no"],
  [/\bvalkey-server\b/, "valkey-server --daemonize no"],
  [/\bpg_ctl\b|\bpg_ctlcluster\b/, "postgres -D DIRECTORY"],
  [/\bpm2\b/, "pm2-runtime start, or the program itself"],
  [/\bmongod\b/, "mongod, without --fork"],
  [/\bmysqld\b/, "mysqld, without --daemonize"],
  [/\bmemcached\b/, "memcached, without -d"],
  [/\b(?:apachectl|httpd|apache2ctl)\b/, "httpd -D FOREGROUND"],
  [/\bphp-fpm\S*/, "php-fpm -F"],
  [/\bcaddy\b.*\bstart\b/, "caddy run"],
  [/\bgunicorn\b/, "gunicorn, without --daemon"],
  [/\buwsgi\b/, "uwsgi, without --daemonize"],
  [/\bcelery\b.*\bmulti\b/, "celery worker"],
  [/\bsupervisord\b/, "supervisord -n"],
  [/\brails\b.*\b(?:server|s)\b/, "rails server, without -d"],
  [/\bpuma\b/, "puma, without --daemon"],
  [/\b(?:systemctl|service)\b/, "the program itself: the system runs its services"],
  [/\b(?:tmux|screen)\b/, "the program itself, without tmux or screen"],
  [/\bnohup\b/, "the program itself, without nohup and &"],
  [/(?:^|[^&])&\s*$/, "the same command, without & at its end"],
];

/** The foreground form of a command that goes to the background, in words; null if its program isn't known. */
export const foregroundForm = (command: string): string | null =>
  FORMS.find(([pattern]) => pattern.test(command))?.[1] ?? null;
