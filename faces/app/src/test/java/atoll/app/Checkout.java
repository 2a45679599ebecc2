package atoll.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A copy of the launcher in a folder of its own, with a Java and a Maven that only pretend. */
final class Checkout {
  /** What a run printed and ended with. */
  record Run(int code, String out, String err) {}

  static final Path REPOSITORY = Path.of("").toAbsolutePath().getParent().getParent();

  private final Path root;
  private final Path tools;
  private final Map<String, String> variables = new HashMap<>();
  private Path jdk;

  Checkout(Path folder) throws IOException {
    root = Files.createDirectories(folder.resolve("check out"));
    tools = Files.createDirectories(folder.resolve("tools"));
    jdk = folder.resolve("a jdk");
    script(root.resolve("atoll"), Files.readString(REPOSITORY.resolve("atoll")));
    // The JDKs of the machine that tests run on are none of ours.
    copy("jdk.sh", "/usr/lib[0-9]*/jvm|/usr/java|/opt/j[a-z]*", "/nowhere");
    copy("build.sh", "^$", "");
    copy("fits.sh", "^$", "");
    copy("package.sh", "^$", "");
    Files.writeString(root.resolve("LICENSE"), "");
    Files.writeString(root.resolve("CHANGELOG.md"), "");
    source("core/isa/src/main/java/Old.java");
    Files.writeString(root.resolve("pom.xml"), "<project/>");
    for (String tool :
        List.of(
            "sh",
            "basename",
            "cat",
            "cksum",
            "cp",
            "date",
            "dirname",
            "find",
            "grep",
            "head",
            "mkdir",
            "mkfifo",
            "mv",
            "readlink",
            "rm",
            "rmdir",
            "sed",
            "sleep",
            "stty",
            "sort",
            "tail",
            "tr",
            "env",
            "touch",
            "id",
            "uname")) {
      link(tool);
    }
    maven(
        "mkdir -p faces/app/target/dist/lib && echo -Xshare:auto >faces/app/target/dist/java.args");
    java("printf '%s|' \"$@\"");
  }

  private void copy(String script, String found, String replacement) throws IOException {
    Path file = root.resolve("faces/app/src/launcher/" + script);
    Files.createDirectories(file.getParent());
    String text = Files.readString(REPOSITORY.resolve("faces/app/src/launcher/" + script));
    Files.writeString(file, text.replaceAll(found, replacement));
  }

  Path root() {
    return root;
  }

  /** Has the launcher take a file for the description of the processor. */
  void processor(Path description) throws IOException {
    Path launcher = root.resolve("atoll");
    String text = Files.readString(launcher);
    Files.writeString(launcher, text.replace("/proc/cpuinfo", "'" + description + "'"));
  }

  private void link(String tool) throws IOException {
    for (String folder : System.getenv("PATH").split(":", -1)) {
      Path found = Path.of(folder, tool);
      if (Files.isExecutable(found)) {
        script(tools.resolve(tool), "#!/bin/sh\nexec '%s' \"$@\"\n".formatted(found));
        return;
      }
    }
  }

  private static void script(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** A source file, newer than every build so far. */
  void source(String name) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "class");
  }

  /** Makes a JDK of release 25 whose java does {@code body}, and nothing when it is to record. */
  void java(String body) throws IOException {
    java(body, 1);
  }

  /**
   * Makes a JDK of release 25 whose java starts Atoll, does {@code body}, and says that Atoll has
   * ended in order unless it is killed.
   *
   * @param recording the exit code of the run that is recorded for the cache of classes
   */
  void java(String body, int recording) throws IOException {
    String record =
        """
        case " $*" in *" -version") exit 0 ;; esac
        case $1 in
          -XX:AOTMode=record) exit %d ;;
          -XX:AOTMode=create) echo cache >"${3#*=}"; exit 0 ;;
          */ModernClasses.java | */LeanModules.java) exit 0 ;;
        esac
        case " $*" in *"/Package.java "*) echo "wrote $4"; exit 0 ;; esac
        """
            .formatted(recording);
    String life =
        """
        echo begun >>"$ATOLL_LIFE"
        trap 'echo "ended $?" >>"$ATOLL_LIFE"' EXIT
        """;
    rawJava(record + life + body);
  }

  /** Makes a JDK whose java is a shell script, and knows nothing of Atoll. */
  void rawJava(String script) throws IOException {
    Files.createDirectories(jdk.resolve("bin"));
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25.0.1\"\n");
    script(jdk.resolve("bin/javac"), "#!/bin/sh\n");
    script(jdk.resolve("bin/java"), "#!/bin/sh\n" + script + "\n");
  }

  /** Gives the JDK what makes a run-time image: its own java again. */
  void jlink() throws IOException {
    script(
        jdk.resolve("bin/jlink"),
        """
        #!/bin/sh
        while [ "$1" != --output ]; do shift; done
        mkdir -p "$2/bin" && cp '%1$s/bin/java' "$2/bin/" && cp '%1$s/release' "$2/"
        """
            .formatted(jdk));
    script(jdk.resolve("bin/jar"), "#!/bin/sh\n");
  }

  /** Moves the JDK to another folder. */
  void anotherJdk() throws IOException {
    Path moved = jdk.resolveSibling("another jdk");
    Files.move(jdk, moved);
    jdk = moved;
  }

  /** The JDK's folder. */
  Path jdk() {
    return jdk;
  }

  /** The folder of the present build. */
  Path build() throws IOException {
    Path builds = root.resolve("target/launcher");
    return builds.resolve(Files.readString(builds.resolve("current")).strip());
  }

  /** Makes the JDK one of another release. */
  void release(String version) throws IOException {
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
  }

  /** Makes a Maven that counts its runs and does {@code body}. */
  void maven(String body) throws IOException {
    script(tools.resolve("mvn"), "#!/bin/sh\necho run >>'%s'\n%s\n".formatted(count(), body));
  }

  /** Makes the host what {@code uname -sm} is to say. */
  void host(String name) throws IOException {
    script(tools.resolve("uname"), "#!/bin/sh\necho '%s'\n".formatted(name));
  }

  /** Sets an environment variable of later runs. */
  void variable(String name, String value) {
    variables.put(name, value);
  }

  void noMaven() throws IOException {
    Files.delete(tools.resolve("mvn"));
  }

  private Path count() {
    return tools.resolve("mvn.runs");
  }

  long builds() throws IOException {
    return Files.exists(count()) ? Files.readAllLines(count()).size() : 0;
  }

  Process start(Path cwd, List<String> command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).directory(cwd.toFile());
    Map<String, String> environment = builder.environment();
    environment.clear();
    environment.put("PATH", tools.toString());
    environment.put("HOME", root.toString());
    environment.put("JAVA_HOME", jdk.toString());
    environment.putAll(variables);
    return builder.start();
  }

  Run run(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(root.resolve("atoll").toString()));
    command.addAll(List.of(arguments));
    return finish(start(root, command));
  }

  static Run finish(Process process) throws Exception {
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), out, err);
  }
}
