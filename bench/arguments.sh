# Sourced by the scripts beside it, which have it look at their arguments: --help prints the comment at the script's head, and what is
# wrong is refused in a sentence.

refuse() { # SENTENCE
  printf '%s: %s; --help says more\n' "bench/${0##*/}" "$*" >&2
  exit 2
}

# Prints the help if one of the arguments asks for it, and ends.
answer_help() { # ARGUMENT...
  for argument in "$@"; do
    case $argument in
      -h | --help)
        awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"
        exit 0
        ;;
    esac
  done
}

need_count() { # WHAT VALUE: a number from 1 on
  case $2 in
    '' | 0* | *[!0-9]* | ??????????*) refuse "'$2' is no number of $1, expected 1 or more" ;;
  esac
}

need_most() { # COUNT ARGUMENT...: no more than COUNT arguments
  most=$1
  shift
  [ $# -le "$most" ] || { shift "$most"; refuse "'$1' is not expected"; }
}

need_tools() { # TOOL...
  for tool in "$@"; do
    command -v "$tool" >/dev/null || { printf '%s: %s is not installed\n' "bench/${0##*/}" "$tool" >&2; exit 2; }
  done
}
