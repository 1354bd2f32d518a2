#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ACTIONS_RUNNER_HOOK_JOB_COMPLETED: the run that job-started.sh began is over.
run=$(cat "${RUNNER_TEMP:-}/perfwatch-run" 2> /dev/null) || exit 0
rm -f "$RUNNER_TEMP/perfwatch-run"
if [ -n "$run" ]; then perfwatch run end "$run" || true; fi
