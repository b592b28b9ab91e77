#!/bin/sh
# A worker: no port, only a loop. Pays interest and says so.
#
#   ./worker.sh --host localhost --port 5000 --every 2
#
# It has never heard of msvc.
while [ $# -gt 1 ]; do
  case $1 in
    --host) host=$2 ;;
    --port) port=$2 ;;
    --every) every=$2 ;;
  esac
  shift 2
done

# A shell notices a signal only between two commands; waiting for a sleep in the background is interrupted by it.
trap 'echo "worker done"; kill $! 2>/dev/null; exit 0' TERM INT

echo "worker started, accounts at $host:$port"
while :; do
  if answer=$(curl -fsS -X POST -d '{"amount": 1}' "http://$host:$port/accounts/ada"); then
    echo "interest paid: $answer"
  else
    echo "accounts did not answer, trying again" >&2
  fi
  sleep "${every:-2}" &
  wait $!
done
