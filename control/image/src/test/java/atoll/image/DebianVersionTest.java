package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class DebianVersionTest {
  private static final int PAIRS = 300;

  @ParameterizedTest
  @CsvSource({
    "1.0, 1.0, 0",
    "1.0, 1.0-0, 0",
    "0:1.0, 1.0, 0",
    "1.0~rc1, 1.0, -1",
    "1.0~~, 1.0~, -1",
    "1.0, 1.0a, -1",
    "1.0a, 1.0+, -1",
    "1.9, 1.10, -1",
    "1.0010, 1.10, 0",
    "2.0, 1:1.0, -1",
    "1.0-1, 1.0-1+b1, -1",
    "1.0-2, 1.0-1+deb13u1, 1",
    "1-2-3, 1-2-4, -1",
    "99999999999999999999998, 99999999999999999999999, -1",
    "6.12.117-1, 6.12.48-1, 1",
    "1.0-a~, 1.0-a, -1"
  })
  void versionsHaveTheOrderOfDpkg(String a, String b, int order) {
    assertThat(Integer.signum(DebianVersion.compare(a, b))).isEqualTo(order);
    assertThat(Integer.signum(DebianVersion.compare(b, a))).isEqualTo(-order);
  }

  /** Versions of few different characters, so that many are nearly the same. */
  private static String version(Random random) {
    StringBuilder text = new StringBuilder();
    if (random.nextInt(4) == 0) {
      text.append(random.nextInt(3)).append(':');
    }
    text.append(random.nextInt(3));
    String characters = "0019aZ.~+-";
    for (int length = random.nextInt(7); length > 0; length--) {
      text.append(characters.charAt(random.nextInt(characters.length())));
    }
    return text.toString();
  }

  @Test
  void dpkgItselfAgrees() throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/dpkg")), "dpkg is not installed");
    Random random = new Random(13);
    StringBuilder script = new StringBuilder();
    StringBuilder ours = new StringBuilder();
    for (int pair = 0; pair < PAIRS; pair++) {
      // Nothing may end with a hyphen: that would be an empty revision.
      String a = version(random).replaceFirst("-+$", "");
      String b = version(random).replaceFirst("-+$", "");
      String word = List.of("lt", "eq", "gt").get(Integer.signum(DebianVersion.compare(a, b)) + 1);
      script.append(
          "dpkg --compare-versions '%s' %s '%s' || echo '%s not %s %s'\n"
              .formatted(a, word, b, a, word, b));
      ours.append(word);
    }
    Process shell = new ProcessBuilder("/bin/sh", "-s").redirectErrorStream(true).start();
    shell.getOutputStream().write(script.toString().getBytes(StandardCharsets.UTF_8));
    shell.getOutputStream().close();
    String wrong = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(shell.waitFor()).isZero();
    assertThat(wrong).isEmpty();
    assertThat(ours.toString()).contains("lt", "eq", "gt");
  }
}
