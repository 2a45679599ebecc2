# shellcheck shell=sh disable=SC2154
# Sourced by ./atoll: builds what it starts.
# Expects root, builds, best and java_home, and the function say; sets build.

# Whether there is a build that no source is newer than. Folders count too: they change when a file comes or goes.
fresh() {
  [ -f "$builds/current" ] || return 1
  read -r build <"$builds/current" || return 1
  build=$builds/$build
  [ -f "$build/stamp" ] || return 1
  [ -z "$(find "$root/pom.xml" "$root"/*/pom.xml "$root"/*/*/pom.xml "$root"/*/*/src/main "$root/faces/app/src/launcher" "$root"/guests/*/*.elf \
    -newer "$build/stamp" 2>/dev/null)" ]
}

# One builder at a time. The lock is a file that holds its owner's process id, created atomically; a dead owner's is taken away.
lock() {
  mkdir -p "$builds" || exit 125
  said=
  until (set -C && echo $$ >"$builds/lock") 2>/dev/null; do
    owner=$(cat "$builds/lock" 2>/dev/null)
    if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then
      # Rename first and look again: another waiter may have replaced the dead lock with a living one meanwhile.
      if mv "$builds/lock" "$builds/lock.$$" 2>/dev/null; then
        [ "$(cat "$builds/lock.$$")" = "$owner" ] || mv "$builds/lock.$$" "$builds/lock"
        rm -f "$builds/lock.$$"
      fi
      continue
    fi
    [ -n "$said" ] || say "waiting for another launch that is building (process ${owner:-unknown})..."
    said=yes
    sleep 0.3
  done
  child=
  trap give_up EXIT
  trap 'give_up; fall HUP 129' HUP
  trap 'give_up; fall INT 130' INT
  trap 'give_up; fall QUIT 131' QUIT
  trap 'give_up; fall TERM 143' TERM
}

# Leaves a build as if it had not begun.
give_up() {
  trap - EXIT
  [ -z "$child" ] || kill "$child" 2>/dev/null
  rm -f "$builds/lock"
}

unlock() {
  rm -f "$builds/lock"
  trap - EXIT HUP INT QUIT TERM
}

# Runs a command in the background, its words in the log, and shows $1 and how long it takes. Returns its code.
attend() {
  what=$1
  shift
  "$@" >>"$log" 2>&1 </dev/null &
  child=$!
  tick=0.05
  while kill -0 "$child" 2>/dev/null; do
    show "$what"
    sleep "$tick"
    tick=0.3
  done
  wait "$child"
  attended=$?
  child=
  return "$attended"
}

# Whether standard error can show a line that changes.
moving() { [ -t 2 ] && [ "${TERM:-dumb}" != dumb ]; }

# Shows what is being done, how far it is and since when: on a terminal one line that changes, elsewhere a line each quarter of a minute.
show() {
  seconds=$(($(date +%s) - begun))
  part=
  [ "$1" != building ] || part=$(sed -n 's/^\[INFO\] Building \([^ ]*\) .*\[\([0-9]*\)\/\([0-9]*\)\]$/ \1 (\2 of \3)/p' "$log" | tail -n 1)
  case $(tail -n 1 "$log" 2>/dev/null) in *"Downloading from "*) part="$part, fetching libraries" ;; esac
  line="atoll: $1$part, $seconds s"
  [ "$seconds" -ge "${usual:-0}" ] || line="$line of about $usual"
  if moving; then
    columns=$(stty size <&2 2>/dev/null) && columns=${columns#* }
    case $columns in '' | 0 | *[!0-9]*) columns=80 ;; esac
    # The last column stays empty: some terminals go on to the next line when it is written.
    printf '\r%.*s\033[K' $((columns - 1)) "$line" >&2
  elif [ "$seconds" -ge "$due" ]; then
    due=$((seconds + 15))
    printf '%s\n' "$line" >&2
  fi
}

# Takes the line that changes away.
hide() {
  ! moving || printf '\r\033[K' >&2
}

compile() {
  cd "$root" && JAVA_HOME=$java_home exec mvn -B -Dquick -Dmaven.test.skip=true -pl :app -am package
}

try_flags() {
  "$java_home/bin/java" "@$1/java.args" -version || return
  for set in "@$1/translator.args" "@$1/interpreter.args" "@$1/system.args" "@$1/forks.args"; do
    [ ! -f "${set#@}" ] || "$java_home/bin/java" "@$1/java.args" "$set" -version || return
  done
}

# A step of record: a run that is to be learned from, or the making of a cache of what was learned.
train() {
  mode=$1
  shift
  exec "$java_home/bin/java" "-XX:AOTMode=$mode" "-XX:AOTConfiguration=$recording.conf" "$@" <"$dist/start.in"
}

# Brings classes that the JVM would keep in no cache to a format that it does. Without that all works as well, only slower.
modernise() {
  exec "$java_home/bin/java" "$root/faces/app/src/launcher/ModernClasses.java" "$1/lib"
}

# Has the JVM write down, in the build in $1, what it works out at every start: classes parsed and linked. A start is about twice as
# fast with it (docs/adr/0003-jvm-flags.md) and goes without it as well, so a failure is no error. $2 is 'yes' for a start of 'up', whose
# collector needs a cache of its own; the rest is a run to learn from.
record() {
  dist=$1 beside=${2:+yes} recording=$1/atoll${2:+-up}.aot
  shift 2
  set -- "@$dist/java.args" "@$dist/$best.args" ${beside:+"@$dist/system.args"} \
    ${checkout:+--module-path "$dist/lib"} --class-path "$dist/fetch/*" --module atoll.app/atoll.app.Main "$@"
  knows_flags "$dist" || set -- -XX:+IgnoreUnrecognizedVMOptions "$@"
  attend "preparing quick starts" train record "$@" &&
    attend "preparing quick starts" train create "-XX:AOTCache=$recording" "-XX:ErrorFile=$dist/error.log" "$@" &&
    [ -s "$recording" ] && cache_identity "$recording" >"$recording.fits"
  rm -f "$recording.conf"
}

# Tries the JDK with the flags of the build in $1, and makes its caches of classes.
prepare() {
  printf 'name: start\nmachine: {cpus: [fair], memory: 64M}\nvms: {hello: {builtin: hello, memory: 32M}}\n' >"$1/start.yaml"
  printf 'help\npoweroff\n' >"$1/start.in"
  attend "trying the JDK" try_flags "$1" && jdk_identity >"$1/flags.jdk"
  record "$1" '' rehearse run hello --timeout 60s
  record "$1" yes up "$1/start.yaml" --timeout 60s
}

# Says what is built, as far as git knows: a tag, the commit, and whether files differ from that. A folder without git has a version only.
source_of() {
  [ -e "$root/.git" ] || return 0
  source=$(git -C "$root" rev-parse --short=12 HEAD 2>/dev/null </dev/null) || return 0
  tag=$(git -C "$root" describe --tags --exact-match 2>/dev/null </dev/null) && source="$tag, $source"
  [ -z "$(git -C "$root" status --porcelain 2>/dev/null </dev/null | head -n 1)" ] || source="$source with changes"
  echo "$source"
}

# Builds into a folder of its own, so that a running Atoll keeps the files that it started from.
build() {
  if ! command -v mvn >/dev/null 2>&1; then
    say "Maven is needed to build Atoll; install it (Debian: apt install maven, macOS: brew install maven, or maven.apache.org) and start again"
    exit 127
  fi
  if [ -f "$builds/current" ]; then
    say "building Atoll (sources have changed)..."
  else
    say "building Atoll (first use; it takes about a minute)..."
  fi
  log=$builds/build.log
  begun=$(date +%s) due=15 usual=$(cat "$builds/seconds" 2>/dev/null)
  next=$begun-$$
  mkdir -p "$builds/$next" && : >"$builds/$next/stamp" && : >"$log" || exit 125
  rm -rf "$root/faces/app/target/dist"
  if ! attend "building" compile; then
    hide
    grep -v '\[INFO\]' "$log" >&2
    rm -rf "${builds:?}/$next"
    say "the build failed; its errors are above and its whole output is in $log"
    exit 125
  fi
  cp -R "$root/faces/app/target/dist/." "$builds/$next" || exit 125
  source=$(source_of)
  [ -z "$source" ] || printf '"-Datoll.source=%s"\n' "$source" >>"$builds/$next/java.args"
  attend "preparing quick starts" modernise "$builds/$next"
  prepare "$builds/$next"
  hide
  echo $(($(date +%s) - begun)) >"$builds/seconds"
  previous=$(cat "$builds/current" 2>/dev/null)
  echo "$next" >"$builds/current.new" && mv "$builds/current.new" "$builds/current" || exit 125
  for old in "$builds"/[0-9]*; do
    case ${old##*/} in "$next" | "$previous") ;; *) rm -rf "$old" ;; esac
  done
  build=$builds/$next
}
