package atoll.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What {@code ./check} says of skipped tests, by {@code .ci/skips}. */
@DisabledOnOs(OS.WINDOWS)
class SkipsTest {
  private static final Instant BEGINNING = Instant.parse("2026-01-01T00:00:00Z");

  /** What a run printed and ended with. */
  private record Run(int code, String out) {}

  @TempDir private Path root;
  private Path stamp;

  @BeforeEach
  void copy() throws IOException {
    Files.createDirectories(root.resolve(".ci"));
    for (String file : List.of("skips", "tools")) {
      Files.copy(
          Checkout.REPOSITORY.resolve(".ci").resolve(file),
          root.resolve(".ci").resolve(file),
          StandardCopyOption.COPY_ATTRIBUTES);
    }
    stamp = Files.createFile(root.resolve("stamp"));
    Files.setLastModifiedTime(stamp, FileTime.from(BEGINNING));
  }

  private Path report(String module, String... cases) throws IOException {
    Path file = root.resolve(module).resolve("target/surefire-reports/TEST-" + module + ".xml");
    Files.createDirectories(file.getParent());
    return Files.writeString(file, "<testsuite>\n" + String.join("\n", cases) + "\n</testsuite>\n");
  }

  private static String skipped(String message) {
    return """
    <testcase name="a" classname="A" time="0.001">
      <skipped message="%s" type="org.opentest4j.TestAbortedException"><![CDATA[a trace]]></skipped>
    </testcase>\
    """
        .formatted(message);
  }

  private Run run(boolean ci) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(root.resolve(".ci/skips").toString(), stamp.toString())
            .redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment.remove("CI");
    if (ci) {
      environment.put("CI", "true");
    }
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), out);
  }

  @Test
  void reasonsAreGroupedAndTheMostFrequentComesFirst() throws Exception {
    report("isa", skipped("Assumption failed: dtc is not installed"));
    report(
        "tests",
        skipped("Assumption failed: there is no Debian kernel in the cache, nor network"),
        "<testcase name=\"b\" classname=\"A\" time=\"0.001\"/>",
        skipped("Assumption failed: there is no Debian kernel in the cache, nor network"));
    Run run = run(false);
    assertThat(run.out())
        .isEqualTo(
            """
            check: skipped 2: there is no Debian kernel in the cache, nor network
            check: skipped 1: dtc is not installed
            """);
    assertThat(run.code()).isZero();
  }

  @Test
  void reasonsAreReadAsXml() throws Exception {
    report(
        "isa",
        skipped("Disabled on &quot;Linux&quot;&#10;  since a &lt; b &amp;&amp; c"),
        "<testcase name=\"b\"><skipped/></testcase>",
        "<skipped type=\"T4\"><![CDATA[org.opentest4j.T: Assumption failed: nothing there\n\tat x");
    assertThat(run(false).out())
        .isEqualTo(
            """
            check: skipped 1: Disabled on "Linux" since a < b && c
            check: skipped 1: no reason given
            check: skipped 1: nothing there
            """);
  }

  @Test
  void withoutSkipsNothingIsSaid() throws Exception {
    report("isa", "<testcase name=\"b\" classname=\"A\" time=\"0.001\"/>");
    assertThat(run(true)).isEqualTo(new Run(0, ""));
  }

  @Test
  void theReportsOfEarlierRunsDoNotCount() throws Exception {
    Path old = report("isa", skipped("Assumption failed: cpio is not installed"));
    Files.setLastModifiedTime(old, FileTime.from(BEGINNING.minusSeconds(1)));
    assertThat(run(true)).isEqualTo(new Run(0, ""));
  }

  @Test
  void inCiAToolThatCiInstallsMustBeThere() throws Exception {
    report(
        "isa",
        skipped("Assumption failed: script(1) is not installed"),
        skipped("Assumption failed: opensbi is not installed, so the rest is not done"));
    assertThat(run(false).code()).isZero();
    Run run = run(true);
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out()).endsWith("check: skipped for want of what CI installs: opensbi script\n");
  }

  @Test
  void inCiOtherReasonsAreAllowed() throws Exception {
    report(
        "isa",
        skipped("Assumption failed: this processor has no FMA"),
        skipped("Assumption failed: a scripting language is not installed"),
        skipped("Assumption failed: examples/nested/image has not been run"));
    assertThat(run(true).code()).isZero();
  }

  /** Not by a walk through everything: other modules are being built in the meantime. */
  private static List<Path> testsOfAllModules() throws IOException {
    List<Path> tests = new ArrayList<>();
    Pattern module = Pattern.compile("<module>(.*)</module>");
    String modules = Files.readString(Checkout.REPOSITORY.resolve("pom.xml"));
    for (MatchResult found : module.matcher(modules).results().toList()) {
      Path sources = Checkout.REPOSITORY.resolve(found.group(1)).resolve("src/test/java");
      if (Files.isDirectory(sources)) {
        try (Stream<Path> files = Files.walk(sources)) {
          files.filter(file -> file.toString().endsWith("Test.java")).forEach(tests::add);
        }
      }
    }
    assertThat(tests).hasSizeGreaterThan(100);
    return tests;
  }

  /** A reason that names no tool of the list would be let through in CI. */
  @Test
  void everyToolThatATestMissesIsInTheList() throws Exception {
    List<String> tools =
        Files.readAllLines(Checkout.REPOSITORY.resolve(".ci/tools")).stream()
            .filter(line -> !line.startsWith("#"))
            .map(line -> line.split(" ", 2)[0])
            .toList();
    Pattern reason = Pattern.compile("\"([^\" (]+)[^\"]* is not installed[^\"]*\"");
    for (Path file : testsOfAllModules()) {
      if (!file.endsWith("SkipsTest.java")) {
        reason
            .matcher(Files.readString(file))
            .results()
            .forEach(found -> assertThat(tools).as(file.toString()).contains(found.group(1)));
      }
    }
  }
}
