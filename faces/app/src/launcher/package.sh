# shellcheck shell=sh disable=SC2034,SC2154
# Sourced by ./atoll for 'package': makes what is installed elsewhere, where there is no JDK (docs/install.md).
# Expects root, builds, build, scripts and java_home, and what build.sh has.

package_usage() {
  cat <<'END'
Usage: ./atoll package [--archive] [--deb] [--oci] [--output FOLDER]
Makes an Atoll that needs no JDK, for this kind of machine, out of the present build.

      --archive         a folder in an archive, to unpack anywhere
      --deb             a Debian package
      --oci             an image for podman and docker, as a file that they load
      --output FOLDER   where to put them (default: target/packages)
  -h, --help            show this help
Without --archive, --deb and --oci, all are made.
END
}

# Reads the command line: sets kinds and packages.
package_options() {
  kinds=
  packages=$root/target/packages place=''
  while [ $# -gt 0 ]; do
    case $1 in
      --archive | --deb | --oci) kinds="$kinds ${1#--}" ;;
      --output=*) packages=${1#*=} ;;
      --output)
        [ $# -gt 1 ] || { say "--output needs a folder (for more: atoll package --help)"; exit 2; }
        packages=$2
        shift
        ;;
      -h | --help) package_usage; exit 0 ;;
      *) say "unknown argument '$1' of package, expected --archive, --deb, --oci or --output (for more: atoll package --help)"; exit 2 ;;
    esac
    shift
  done
  kinds=${kinds:- archive deb oci}
}

# Leaves no half-made tree behind.
forget_stage() {
  trap - EXIT
  [ -z "$child" ] || kill "$child" 2>/dev/null
  rm -rf "${stage:?}"
}

# The steps run with their words in the log; the first that fails ends all.
step() {
  if ! attend "$@"; then
    hide
    cat "$log" >&2
    say "$1 failed; the words of the program that did it are above"
    exit 125
  fi
}

# Copies the libraries of the build, and has them ask for less of the JDK.
lighten() {
  cp -R "$build/lib" "$stage/lib" && "$java_home/bin/java" "$scripts/LeanModules.java" "$stage/lib"
}

link_runtime() {
  rm -rf "$tree/runtime"
  "$java_home/bin/jlink" --module-path "$stage/lib" --add-modules atoll.app,org.jline.terminal.ffm \
    --no-header-files --no-man-pages --output "$tree/runtime"
}

installed_atoll() {
  "$tree/runtime/bin/java" "@$tree/java.args" --class-path "$tree/fetch/*" --module atoll.app/atoll.app.Main "$@"
}

# The licences of libraries; those of the JDK are in the run-time image.
licences() {
  for jar in "$build"/lib/*.jar "$build"/fetch/*.jar; do
    folder=$tree/share/doc/atoll/libraries/$(basename "$jar" .jar)
    mkdir -p "$folder" && (cd "$folder" && "$java_home/bin/jar" xf "$jar" META-INF/LICENSE META-INF/LICENSE.txt META-INF/NOTICE META-INF/NOTICE.txt) || return
    for text in "$folder"/META-INF/*; do [ ! -f "$text" ] || mv "$text" "$folder/" || return; done
    rmdir "$folder/META-INF" "$folder" 2>/dev/null || :
  done
}

# Everything but the run-time image and what is recorded from it.
fill() {
  mkdir -p "$tree/bin" "$tree/lib" "$tree/share/doc/atoll" "$tree/share/bash-completion/completions" \
    "$tree/share/zsh/vendor-completions" "$tree/share/fish/vendor_completions.d" &&
    cp "$root/atoll" "$tree/bin/" && cp "$scripts/fits.sh" "$tree/lib/" &&
    cp -R "$build/fetch" "$build"/*.args "$tree/" &&
    cp "$root/LICENSE" "$root/CHANGELOG.md" "$tree/share/doc/atoll/" &&
    installed_atoll man --all "$tree/share/man/man1" &&
    installed_atoll completion bash >"$tree/share/bash-completion/completions/atoll" &&
    installed_atoll completion zsh >"$tree/share/zsh/vendor-completions/_atoll" &&
    installed_atoll completion fish >"$tree/share/fish/vendor_completions.d/atoll.fish"
}

# The caches hold when each file was last changed, so all get one time first, which packages keep.
date_files() {
  find "$tree" "$stage/base" -exec env TZ=UTC touch -h -t 202601010000 {} +
}

# What the script and the JVM need of a system, of this one: in an image there is nothing else.
gather_base() {
  mkdir -p "$stage/base/bin" "$stage/base/usr/bin" || return
  cp -L /bin/sh "$stage/base/bin/sh" || return
  for tool in cat cksum dirname mkfifo readlink rm stty uname; do
    cp -L "$(command -v "$tool")" "$stage/base/usr/bin/" || return
  done
  find "$tree/runtime" "$stage/base" -type f \( -name '*.so' -o -path '*/bin/*' \) -exec ldd {} + 2>/dev/null |
    sed -n 's/^[^/]*\(\/[^ ]*\) (0x.*/\1/p' | sort -u | while read -r library; do
    case $library in "$tree"/*) continue ;; esac
    mkdir -p "$stage/base${library%/*}" && cp -L "$library" "$stage/base$library" || return
  done
}

# Runs the writer of packages.
write_package() {
  "$java_home/bin/java" --class-path "$build/lib/*" "$scripts/Package.java" "$@"
}

package() {
  package_options "$@"
  [ -x "$java_home/bin/jlink" ] || { say "the JDK in $java_home has no jlink, which packages are made with; give another by JAVA_HOME"; exit 127; }
  case $kinds in
    *deb* | *oci*)
      [ "$(uname -s)" = Linux ] || { say "a Debian package and an image hold programs of Linux; make them on Linux, or ask for --archive"; exit 125; }
      ;;
  esac
  mkdir -p "$packages" && place=$(CDPATH='' cd -- "$packages" && pwd -P)
  [ -n "$place" ] || { say "the folder $packages cannot be made; give another by --output"; exit 125; }
  version=$(echo "$build"/lib/app-*.jar)
  version=${version##*/app-} version=${version%.jar}
  name=atoll-$version-$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m)
  stage=$builds/package-$$ tree=$builds/package-$$/$name log=$builds/package.log
  begun=$(date +%s) due=15 usual='' child=''
  trap forget_stage EXIT
  trap 'forget_stage; fall HUP 129' HUP
  trap 'forget_stage; fall INT 130' INT
  trap 'forget_stage; fall TERM 143' TERM
  mkdir -p "$tree" "$stage/base" && : >"$log" || exit 125
  step "making libraries lighter" lighten
  step "linking the run-time image" link_runtime
  step "writing manual pages" fill
  case $kinds in *oci*) step "gathering libraries of the system" gather_base ;; esac
  step "gathering licences" licences
  step "setting times" date_files
  jdk=$java_home
  checkout='' java_home=$tree/runtime # as it will be started
  prepare "$tree"
  java_home=$jdk
  rm -f "$tree/start.in" "$tree/start.yaml" "$tree/error.log"
  [ -s "$tree/atoll.aot.fits" ] || { hide; cat "$log" >&2; say "no cache of classes could be made for the run-time image; see above"; exit 125; }
  date_files
  for kind in archive deb oci; do
    case "$kinds " in *" $kind "*) ;; *) continue ;; esac
    step "writing $kind" write_package "$kind" "$version" "$tree" "$stage/base" "$place"
  done
  hide
  sed -n 's/^wrote //p' "$log"
  forget_stage
}
