package atoll.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Packages, and the script {@code atoll} that they install. */
@Tag("slow")
@DisabledOnOs(OS.WINDOWS)
class InstalledLauncherTest extends LauncherFixture {
  private void withVersion() throws IOException {
    checkout.maven(
        "mkdir -p faces/app/target/dist/lib faces/app/target/dist/fetch"
            + " && : >faces/app/target/dist/lib/app-1.2.jar"
            + " && echo -Xshare:auto >faces/app/target/dist/java.args");
  }

  @Test
  void packagesAreMadeOfTheBuildInTheOrderOfTheirKinds() throws Exception {
    withVersion();
    checkout.java("printf '%s|' \"$@\"", 0);
    checkout.jlink();
    checkout.host("Linux");
    Checkout.Run run = checkout.run("package", "--archive", "--output", "my packages");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).isEqualTo("archive\n");
    try (Stream<Path> left = Files.list(checkout.root().resolve("target/launcher"))) {
      assertThat(left.map(file -> file.getFileName().toString()))
          .noneMatch(name -> name.startsWith("package-"));
    }
    assertThat(checkout.root().resolve("my packages")).isDirectory();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          package --zip    | 2   | unknown argument '--zip' of package, expected --archive, --deb, --oci or --output
          package --output | 2   | --output needs a folder
          package          | 127 | has no jlink, which packages are made with
          """)
  void whatCannotBePackedIsSaid(String line, int code, String words) throws Exception {
    Checkout.Run run = checkout.run(line.split(" "));
    assertThat(run.code()).isEqualTo(code);
    assertThat(run.err()).contains(words);
    assertThat(run.out()).isEmpty();
  }

  @Test
  void anInstalledAtollStartsItsOwnJavaAndBuildsNothing() throws Exception {
    Path home = installed();
    checkout.noMaven();
    Path link = Files.createSymbolicLink(folder.resolve("link"), home.resolve("bin/atoll"));
    Checkout.Run run =
        Checkout.finish(checkout.start(folder, List.of(link.toString(), "info", "a b")));
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .contains("@" + home.toRealPath() + "/java.args|")
        .doesNotContain("--module-path")
        .endsWith("/fetch/*|--module|atoll.app/atoll.app.Main|info|a b|");
    assertThat(run.code()).isZero();
  }

  @Test
  void anInstalledAtollUsesItsCacheWhereverItIsMovedButNotADamagedOne() throws Exception {
    Path home = installed();
    Files.writeString(home.resolve("atoll.aot"), "cache");
    String identity =
        Checkout.finish(
                checkout.start(
                    folder,
                    List.of(
                        "sh",
                        "-c",
                        "java_home=$1/runtime checkout=; . \"$1/lib/fits.sh\"; cache_identity \"$1/atoll.aot\"",
                        "sh",
                        home.toString())))
            .out();
    Files.writeString(home.resolve("atoll.aot.fits"), identity);
    Path moved = Files.move(home, folder.resolve("moved"));
    List<String> command = List.of(moved.resolve("bin/atoll").toString(), "info");
    assertThat(Checkout.finish(checkout.start(folder, command)).out())
        .contains("-XX:AOTCache=" + moved.toRealPath() + "/atoll.aot|");
    Files.writeString(moved.resolve("atoll.aot"), "cachE");
    assertThat(Checkout.finish(checkout.start(folder, command)).out()).doesNotContain("AOT");
  }
}
