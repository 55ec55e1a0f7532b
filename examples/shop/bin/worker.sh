# A worker: finishes the order at hand before it ends.
stop=no
trap 'stop=yes' INT TERM
number=0
while [ "$stop" = no ]; do
  number=$((number + 1))
  echo "order $number shipped"
  sleep 1
done
echo "no more orders"
