# A development server: says when it is ready.
echo "bundling"
sleep 0.3
echo "ready in 300 ms"
while :; do
  sleep 3
  echo "page reloaded"
done
