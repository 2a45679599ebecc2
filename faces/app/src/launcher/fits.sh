# shellcheck shell=sh disable=SC2154
# Sourced by ./atoll: knows what fits the JDK and the place that it starts in.
# Expects java_home, and checkout, which is empty in an installed Atoll.

# Which JDK this is; another can come to be in the same folder. The one of an installed Atoll moves with it.
jdk_identity() {
  [ -z "$checkout" ] || printf '%s\n' "$java_home"
  cat "$java_home/release"
}

# Whether this JDK is known to have each of our flags: a later one may have dropped some, without which Atoll runs as well.
# With the flag that has the JVM leave out what it does not know, a user's typing error would go unnoticed.
knows_flags() {
  [ -f "$1/flags.jdk" ] && [ "$(cat "$1/flags.jdk")" = "$(jdk_identity)" ]
}

# What a cache of classes was made of, one after the other. The JVM itself refuses a cache that is not for its build, its flags or its
# module path, but only if its header is whole; a cache that has come to harm elsewhere crashes it.
cache_identity() {
  jdk_identity
  [ -z "$checkout" ] || printf '%s\n' "${1%/*}"
  set +f
  cat "${1%/*}"/*.args
  cksum <"$1"
}

# Whether the cache of classes $1 is unchanged, and fits what is here.
cache_fits() {
  [ -f "$1" ] && [ -f "$1.fits" ] && [ "$(cat "$1.fits")" = "$(cache_identity "$1")" ]
}
