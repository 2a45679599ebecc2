# Sourced by the scripts beside it: sets root and JAVA_HOME, and builds the benchmarks and what they run on if a source is
# newer than the last build.
root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=faces/app/src/launcher/jdk.sh
. "$root/faces/app/src/launcher/jdk.sh"
JAVA_HOME=$(find_jdk) || { explain_jdk; exit 127; }
export JAVA_HOME
bench="$root/bench/target"
if [ ! -d "$bench/lib" ] || [ -n "$(find "$root" -path '*/src/main/*' -name '*.java' -newer "$bench/lib" -print -quit)" ]; then
  (cd "$root" && mvn -q -Dquick -DskipTests package -pl bench -am) >&2
  touch "$bench/lib"
fi
