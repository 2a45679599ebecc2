package atoll.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.host.Clock;
import atoll.host.Effects;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The shells themselves complete lines that are typed on a terminal. */
class CompletionTest {
  /** What is typed, with a tabulator for each wish; what the command then gets. */
  private static final Map<String, List<String>> TYPED =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("ru\t --init\tIm\t", List.of("run", "--initrd=Image")),
              Map.entry(
                  "run --kernel Im\t --mmu sh\t",
                  List.of("run", "--kernel", "Image", "--mmu", "shadow")),
              Map.entry(
                  "run --engine=tr\t --aia=aplic-\t",
                  List.of("run", "--engine=translator", "--aia=aplic-imsic")),
              Map.entry("run --share=su\t", List.of("run", "--share=sub")),
              Map.entry("run --cpus 2 mine\t", List.of("run", "--cpus", "2", "mine-own")),
              Map.entry("run lin\t", List.of("run", "linux")),
              Map.entry(
                  "disk cr\t --format=qc\t a\\ \t 1G",
                  List.of("disk", "create", "--format=qcow2", "a b.img", "1G")),
              Map.entry("disk create -f r\t x", List.of("disk", "create", "-f", "raw", "x")),
              Map.entry("mmu\t --eng\tint\t", List.of("mmu-report", "--engine=interpreter")),
              Map.entry("image ver\t mine\t", List.of("image", "verify", "mine-own")),
              Map.entry("help val\t", List.of("help", "validate")),
              Map.entry("completion z\t", List.of("completion", "zsh"))));

  @TempDir private Path folder;

  @BeforeEach
  void makeFiles() throws IOException {
    Files.createDirectory(folder.resolve("sub"));
    Files.createFile(folder.resolve("Image"));
    Files.createFile(folder.resolve("subject")); // no folder
    Files.createFile(folder.resolve("a b.img"));
    Files.createDirectories(folder.resolve("cache/atoll/images/mine-own-95faf8598b78"));
    Files.createDirectories(folder.resolve("home"));
  }

  private static String atoll(String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    int code =
        new CommandLineFront(Clock.host(), Effects.host(), name -> null, stream, stream)
            .run(arguments);
    assertThat(code).isZero();
    return out.toString(StandardCharsets.UTF_8);
  }

  private static boolean installed(String tool) {
    return Files.isExecutable(Path.of("/usr/bin", tool));
  }

  /** Runs a program in the folder; its input is a file, so that its end comes by itself. */
  private String run(String input, List<String> command) throws IOException, InterruptedException {
    Path out = folder.resolve("home/out");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectInput(Files.writeString(folder.resolve("home/in"), input).toFile())
            .redirectOutput(out.toFile())
            .redirectErrorStream(true);
    builder
        .environment()
        .putAll(
            Map.of(
                "HOME",
                folder.resolve("home").toString(),
                "ZDOTDIR",
                folder.resolve("home").toString(),
                "XDG_CACHE_HOME",
                folder.resolve("cache").toString(),
                "TERM",
                "xterm",
                "SHELL",
                "/bin/sh",
                "HISTFILE",
                "/dev/null"));
    Process process = builder.start();
    try {
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("ends").isTrue();
      return Files.readString(out, StandardCharsets.ISO_8859_1);
    } finally {
      process.destroyForcibly();
    }
  }

  /**
   * What the command got, line by line, when all was typed in a shell that has read its file. Zsh
   * takes back the slash that it has put behind a folder's name.
   */
  private List<List<String>> got(String shell) throws IOException, InterruptedException {
    StringBuilder input = new StringBuilder();
    TYPED.keySet().forEach(line -> input.append("atoll ").append(line).append('\n'));
    input.append("exit\n");
    String printed = run(input.toString(), List.of("script", "-qec", shell, "/dev/null"));
    List<List<String>> lines = new ArrayList<>();
    for (MatchResult line : Pattern.compile("=>(.*?)<=").matcher(printed).results().toList()) {
      lines.add(List.of(line.group(1).replace("sub/", "sub").split("\\|")));
    }
    return lines;
  }

  /** Prints its arguments where the command would run. */
  private static String start(String shell) {
    return "PS1=\natoll() { printf '=>'; printf '%s|' \"$@\"; printf '<=\\n'; }\n"
        + atoll("completion", shell);
  }

  @Test
  void bashCompletesWordsOptionsAndWhatFollowsAnEqualsSign() throws Exception {
    assumeTrue(installed("script"), "script is not installed");
    Path start = Files.writeString(folder.resolve("home/start"), start("bash"));
    assertThat(got("bash --rcfile " + start + " -i")).isEqualTo(List.copyOf(TYPED.values()));
  }

  @Test
  void bashCompletesTheSameIfAnEqualsSignBreaksNoWord() throws Exception {
    assumeTrue(installed("script"), "script is not installed");
    Path start =
        Files.writeString(
            folder.resolve("home/start"),
            start("bash") + "COMP_WORDBREAKS=${COMP_WORDBREAKS//=}\n");
    assertThat(got("bash --rcfile " + start + " -i")).isEqualTo(List.copyOf(TYPED.values()));
  }

  @Test
  void zshCompletesTheSame() throws Exception {
    assumeTrue(installed("script"), "script is not installed");
    assumeTrue(installed("zsh"), "zsh is not installed");
    Files.writeString(
        folder.resolve("home/.zshrc"), "autoload -U compinit\ncompinit -u -D\n" + start("zsh"));
    assertThat(got("zsh -d -i")).isEqualTo(List.copyOf(TYPED.values()));
  }

  @Test
  void fishOffersWhatItIsAskedFor() throws Exception {
    assumeTrue(installed("fish"), "fish is not installed");
    Path start = Files.writeString(folder.resolve("home/start"), atoll("completion", "fish"));
    Map<String, String> wishes =
        Map.of(
            "ru", "run",
            "run --init", "--initrd",
            "run --kernel=Im", "--kernel=Image",
            "run --engine tr", "translator",
            "run --display --mmu sh", "shadow",
            "disk cr", "create",
            "disk create -f q", "qcow2",
            "image verify m", "mine-own",
            "info ", "");
    StringBuilder input = new StringBuilder("source " + start + "\n");
    StringBuilder expected = new StringBuilder();
    wishes.forEach((typed, offered) -> {
      input.append("echo (complete -C'atoll %s' | cut -f1)\n".formatted(typed));
      expected.append(offered).append('\n');
    });
    assertThat(run(input.toString(), List.of("fish", "--no-config")))
        .isEqualTo(expected.toString());
  }

  @Test
  void theScriptForBashIsCleanToItsChecker() throws Exception {
    assumeTrue(installed("shellcheck"), "shellcheck is not installed");
    Path file = Files.writeString(folder.resolve("atoll.bash"), atoll("completion", "bash"));
    assertThat(run("", List.of("shellcheck", file.toString()))).isEmpty();
  }

  @Test
  void roffFindsNothingToWarnOfInTheManualPages() throws Exception {
    assumeTrue(installed("groff"), "groff is not installed");
    atoll("man", "--all", folder.resolve("man").toString());
    List<String> command = new ArrayList<>(List.of("groff", "-ww", "-z", "-man", "-Tutf8"));
    try (var pages = Files.list(folder.resolve("man"))) {
      pages.map(Path::toString).sorted().forEach(command::add);
    }
    assertThat(command.stream().filter(each -> each.endsWith("/atoll-disk-create.1"))).hasSize(1);
    assertThat(run("", command)).isEmpty();
    Path page = folder.resolve("man/atoll-run.1");
    assertThat(Files.readString(page)).isEqualTo(atoll("man", "run"));
    assertThat(run("", List.of("groff", "-man", "-Tascii", "-P-c", "-P-bou", page.toString())))
        .contains("--kernel=FILE", "--display [SIZE]", "EXIT STATUS", "'");
  }

  @Test
  void aSwitchThatCanBeNegatedIsOfferedBothWaysAndAHiddenOneNotAtAll() {
    CommandSpec switches =
        CommandSpec.create()
            .name("switches")
            .addOption(OptionSpec.builder("--sound").negatable(true).type(boolean.class).build())
            .addOption(OptionSpec.builder("--secret").hidden(true).build());
    assertThat(CommandDescription.of(new CommandLine(switches)).options())
        .extracting(CommandDescription.Option::names)
        .containsExactly(List.of("--sound", "--no-sound"));
  }
}
