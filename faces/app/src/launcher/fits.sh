# shellcheck shell=sh disable=SC2154
# Sourced by ./atoll: knows what fits the JDK and the place that it starts in.
# Expects java_home, and checkout, which is empty in an installed Atoll.

# What the translator needs of a processor (Translator.FEATURES). Clouds hide features from their machines, and a machine can be another
# one at its next start.
needed_features='popcnt bmi1 bmi2 fma sse4_1 pclmulqdq'

# Whether the processor that the file $1 describes, as Linux does, has what the translator needs: otherwise the interpreter will run, which
# has other flags.
can_translate() {
  features=
  while read -r label features; do
    case $label in flags*) break ;; esac
  done <"$1"
  for feature in $needed_features; do
    case " $features " in *" $feature "*) ;; *) return 1 ;; esac
  done
} 2>/dev/null

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

# Whether flags and the cache of classes $1 were found to fit, and nothing has changed since: to look at all of it takes 10 ms at each start.
# A JDK's file can be another one though it is older than the note.
seen() (
  set +f
  for file in "$1" "$1.fits" "${1%/*}"/*.args "${1%/*}/flags.jdk"; do
    # shellcheck disable=SC3013 # a shell that does not know -nt looks each time
    [ -f "$file" ] && [ "$1.seen" -nt "$file" ] || return 1
  done
  all=$(cat "$1.seen" "$java_home/release")
  [ "$all" = "$java_home at $1
${all##*"$seen_end"}$seen_end${all##*"$seen_end"}" ]
) 2>/dev/null

# Stands behind what was seen of the JDK.
seen_end='
----
'

# Notes that they fit; where that cannot be noted, they are looked at each time. A package's folder gets no files.
note() {
  [ -z "$checkout" ] || { printf '%s at %s\n' "$java_home" "$1" && cat "$java_home/release" && printf '%s\n' ----; } >"$1.seen"
} 2>/dev/null

# Whether the cache of classes $1 is unchanged, and fits what is here.
cache_fits() {
  [ -f "$1" ] && [ -f "$1.fits" ] && [ "$(cat "$1.fits")" = "$(cache_identity "$1")" ]
}
