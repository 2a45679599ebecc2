# shellcheck shell=sh
# Sourced by ./atoll and ./check: which Java development kit to use.

jdk_needed=25

# The feature release of the JDK at $1, from its 'release' file (no JVM is started); nothing if it is none.
jdk_release() {
  [ -x "$1/bin/java" ] && [ -r "$1/release" ] || return 0
  while read -r jdk_line; do
    case $jdk_line in
      JAVA_VERSION=\"*)
        jdk_line=${jdk_line#*\"}
        jdk_line=${jdk_line#1.}
        printf '%s\n' "${jdk_line%%[!0-9]*}"
        ;;
    esac
  done <"$1/release"
}

# Whether $1 is the home of a new enough JDK.
jdk_fits() {
  jdk_major=$(jdk_release "$1")
  [ -n "$jdk_major" ] && [ "$jdk_major" -ge "$jdk_needed" ]
}

# The home of the java on the PATH, through symbolic links and version managers' shims.
jdk_on_path() {
  jdk_java=$(command -v java) || return 0
  while [ -L "$jdk_java" ]; do
    jdk_link=$(readlink "$jdk_java")
    case $jdk_link in
      /*) jdk_java=$jdk_link ;;
      *) jdk_java=$(dirname "$jdk_java")/$jdk_link ;;
    esac
  done
  jdk_home=$(dirname "$(dirname "$jdk_java")")
  if [ -r "$jdk_home/release" ]; then
    printf '%s\n' "$jdk_home"
  else
    java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p'
  fi
}

# Prints the home of the JDK to use, or fails: JAVA_HOME first, the PATH, then where systems and version managers put them.
find_jdk() {
  for jdk_home in "${JAVA_HOME:-}" ON_PATH "${JDK_HOME:-}" \
    /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* /opt/java/* /opt/jdk* \
    "${SDKMAN_DIR:-${HOME:-/nonexistent}/.sdkman}"/candidates/java/* "${HOME:-/nonexistent}"/.jdks/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    [ "$jdk_home" != ON_PATH ] || jdk_home=$(jdk_on_path) # which takes a while to tell
    if [ -n "$jdk_home" ] && jdk_fits "$jdk_home" && [ -x "$jdk_home/bin/javac" ]; then
      printf '%s\n' "$jdk_home"
      return 0
    fi
  done
  if [ -x /usr/libexec/java_home ]; then
    jdk_home=$(/usr/libexec/java_home -v "$jdk_needed+" 2>/dev/null) && jdk_fits "$jdk_home" && printf '%s\n' "$jdk_home"
    return
  fi
  return 1
}

# Says how to get a JDK, for a person without one.
explain_jdk() {
  jdk_seen=
  [ -n "${JAVA_HOME:-}" ] && jdk_seen=" (JAVA_HOME is $JAVA_HOME, release $(jdk_release "$JAVA_HOME" | grep . || echo unknown))"
  printf 'atoll: no JDK %s or newer found%s; install one (Debian: apt install openjdk-%s-jdk-headless, macOS: brew install openjdk, or adoptium.net) or set JAVA_HOME to it\n' \
    "$jdk_needed" "$jdk_seen" "$jdk_needed" >&2
}
