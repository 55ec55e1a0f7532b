# A server: takes a moment until it listens, then answers. Its health check looks for a file.
rm -f .run/api-listens
trap 'rm -f .run/api-listens; exit 0' INT TERM
echo "$GREETING"
sleep 0.5
: >.run/api-listens
echo "listening"
number=0
while :; do
  number=$((number + 1))
  echo "GET /items/$number 200"
  sleep 1
done
