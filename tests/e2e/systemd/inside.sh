#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs in the container that tests/e2e/systemd/run boots, as root, with the daemon installed and nothing started yet.
set -uo pipefail
url=http://127.0.0.1:10117
service=perfwatchd.service
dropin=/etc/systemd/system/perfwatchd.service.d

check() { # NAME COMMAND...
  local name=$1
  shift
  if "$@"; then echo "ok - $name"; else echo "not ok - $name"; fi
}

# within SECONDS COMMAND...: until it succeeds.
within() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}

metrics() { curl -sf --max-time 5 "$url/metrics"; }
# value SERIES: its value, the series written as in /metrics.
value() { metrics | awk -v series="$1" 'index($0, series " ") == 1 { print $2 }'; }
above_zero() { awk -v value="$(value "$1")" 'BEGIN { exit !(value + 0 > 0) }'; }
is_zero() { [[ $(value "$1") == 0 ]]; }
has_series() { [[ -n $(value "$1") ]]; }
ready() { curl -sf --max-time 5 -o /dev/null "$url/-/ready"; }
property() { systemctl show --value -p "$1" "$service"; }
main_pid() { property MainPID; }
status_field() { awk -v field="$1:" '$1 == field { print $2 }' "/proc/$(main_pid)/status"; }
another_pid() { # OLD: the service runs as another process and is ready
  local now
  now=$(main_pid)
  [[ $now != 0 && $now != "$1" ]] && systemctl is-active --quiet "$service" && ready
}

no_library_missing() {
  ! ldd /usr/bin/perfwatchd /usr/bin/perfwatch | grep 'not found'
}
check "the run section of deploy/packages.txt is enough" no_library_missing

config=/etc/perfwatch/perfwatch.json
reads_config() { setpriv --reuid="$1" --regid="$1" --clear-groups --bounding-set=-all head -c 1 "$config" > /dev/null 2>&1; }
check "boot gave the configuration, which may hold passwords, to the group of the daemon" \
  test "$(stat -c '%a %U %G' "$config")" = "640 root perfwatch"
check "the daemon's user reads it without a capability" reads_config perfwatch
check "others do not" eval '! reads_config 65534'

# Type=notify: start returns when READY=1 was said, and not before the first frame.
check "systemctl start succeeds" systemctl start "$service"
if [[ $(main_pid) == 0 ]]; then
  journalctl --no-pager -b -u "$service" > /results/journal
  exit 1
fi
check "READY means that /-/ready is answered with 200" ready
check "the service is active" systemctl is-active --quiet "$service"
journalctl --no-pager -b -u "$service" > /results/journal

check "it runs as user perfwatch" test "$(status_field Uid)" = "$(id -u perfwatch)"
for set in CapEff CapPrm CapBnd CapAmb; do
  check "$set is CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE, CAP_SYSLOG, CAP_PERFMON and CAP_BPF alone" \
    test "$(status_field "$set")" = 000000c400080004
done
# CAP_NET_ADMIN is the one right of a tier that the unit does not have: a drop-in gives it, see docs/security.md.
check "kernels that count BPF's memory as locked have room" test "$(property LimitMEMLOCK)" = 67108864
in_its_view() { nsenter --target "$(main_pid)" --mount "$@"; }
# The same unit with another program: dd reads one record of the kernel's log.
reads_kernel_log() {
  sed -e 's|^ExecStart=.*|ExecStart=/bin/dd if=/dev/kmsg iflag=nonblock count=1|' -e 's/^Type=notify/Type=oneshot/' \
    -e '/^\(Restart\|Watchdog\|Runtime\|State\|ExecReload\|NotifyAccess\)/d' /usr/lib/systemd/system/perfwatchd.service \
    > /run/systemd/system/perfwatch-probe.service
  systemctl daemon-reload
  systemctl start perfwatch-probe.service
}
# In a container it is only a device when the host's was bound to it.
if [[ -c /dev/kmsg ]]; then
  check "the kernel's log can be read with the rights of the unit" reads_kernel_log
else
  echo "skip - the kernel's log can be read with the rights of the unit (no /dev/kmsg here)"
fi
check "other devices are not" eval '! in_its_view test -e /dev/kvm && ! in_its_view test -e /dev/fuse'
check "it cannot gain privileges" test "$(status_field NoNewPrivs)" = 1
check "its system calls are filtered" test "$(status_field Seccomp)" = 2

# Somebody else's process that writes: its I/O and descriptors are visible to the two capabilities only.
cp /bin/bash /usr/local/bin/e2ewriter
install -d -o nobody /var/lib/e2e
mkfifo -m 666 /var/lib/e2e/never
# shellcheck disable=SC2016  # for the other shell
setpriv --reuid=65534 --regid=65534 --clear-groups /usr/local/bin/e2ewriter -c '
  exec 3<> /var/lib/e2e/never
  while :; do printf "%1048576s" x > /var/lib/e2e/file; read -r -t 0.3 -u 3; done' &
writer=$!
check "/metrics shows what another user's process writes" \
  within 10 above_zero 'perfwatch_group_written_bytes_total{group="e2ewriter"}'
check "/metrics shows its open descriptors" within 5 above_zero 'perfwatch_group_open_descriptors{group="e2ewriter"}'
mount_series=$(metrics | grep '^perfwatch_filesystem_read_only{' | grep 'mountpoint="/tmp"' | sed 's/ [^ ]*$//')
check "file systems are seen as the host has them, not read-only as the service does" is_zero "$mount_series"
denied=$(metrics | grep -c '^perfwatch_collector_errors_total{.*reason="denied".* 0$')
check "nothing was denied" test "$denied" -gt 0 -a \
  "$denied" = "$(metrics | grep -c '^perfwatch_collector_errors_total{.*reason="denied"')"

# Reload.
before=$(main_pid)
cat > /etc/perfwatch/perfwatch.json << 'JSON'
{
  "sampling": {"adaptive": false, "interval": "500ms", "processes_interval": "500ms"},
  "groups": {"rules": [{"name": "e2ewriter", "comm": ["e2ewriter"], "memory_limit": "64MiB"}, {"name": "{{.Comm}}"}]}
}
JSON
check "systemctl reload succeeds" systemctl reload "$service"
check "the new configuration is in force" within 10 has_series 'perfwatch_group_memory_limit_bytes{group="e2ewriter"}'
check "the reload kept the process" test "$(main_pid)" = "$before"
kill "$writer"

# Restart after kill -9.
before=$(main_pid)
kill -KILL "$before"
check "killed, it comes back" within 15 another_pid "$before"

# The watchdog: a daemon that hangs is replaced.
mkdir -p "$dropin"
printf '[Service]\nWatchdogSec=2s\nTimeoutAbortSec=2s\n' > "$dropin/watchdog.conf"
systemctl daemon-reload
check "systemctl restart succeeds" systemctl restart "$service"
sleep 5 # more than two watchdog periods: a daemon that does not feed it is gone by now
check "the watchdog is fed" test "$(property NRestarts)" = 0
before=$(main_pid)
kill -STOP "$before"
check "hanging, it is replaced by the watchdog" within 20 another_pid "$before"
rm "$dropin/watchdog.conf"
systemctl daemon-reload

# Stop, with a client that sends half a request and waits.
exec 4<> /dev/tcp/127.0.0.1/10117
printf 'GET /metrics HTTP/1.1\r\nHost: x\r\n' >&4
start=${EPOCHREALTIME/./}
check "systemctl stop succeeds" systemctl stop "$service"
took=$(((${EPOCHREALTIME/./} - start) / 1000))
check "it stops within 2 s while a client hangs ($took ms)" test "$took" -lt 2000
check "it ends well" test "$(property Result)" = success
exec 4>&-

# A wrong configuration is an end, not a loop.
echo '{"sampling": {"intervall": "1s"}}' > /etc/perfwatch/perfwatch.json
check "a wrong configuration does not start" eval '! systemctl start perfwatchd.service 2> /dev/null'
check "it is not tried again" test "$(property ActiveState) $(property NRestarts)" = "failed 0"
check "the journal says what is wrong" \
  eval 'journalctl --no-pager -b -u perfwatchd.service | grep -q "did you mean \"interval\""'

journalctl --no-pager -b -u "$service" > /results/journal
touch /results/done
