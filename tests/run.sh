# shellcheck shell=sh
# For the scripts here, which set root: builds the module tests if its sources are newer, and runs one of its programs.

# What starts quickly; a program that computes for long sets other flags.
jvm_flags=-XX:TieredStopAtLevel=1

# run_tests CLASS ARGUMENT...
run_tests() {
  # shellcheck source=faces/app/src/launcher/jdk.sh
  . "$root/faces/app/src/launcher/jdk.sh"
  JAVA_HOME=$(find_jdk) || { explain_jdk; exit 127; }
  export JAVA_HOME
  lib=$root/tests/target/lib
  if [ ! -d "$lib" ] || [ -n "$(find "$root" -path '*/src/main/*' -name '*.java' -newer "$lib" -print -quit)" ]; then
    (cd "$root" && mvn -q -B -Dquick -DskipTests package dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$lib" -pl tests -am) >&2
    touch "$lib"
  fi
  # shellcheck disable=SC2086
  exec "$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED $jvm_flags -XX:+UseSerialGC \
    -cp "$root/tests/target/classes:$lib/*" "$@"
}
