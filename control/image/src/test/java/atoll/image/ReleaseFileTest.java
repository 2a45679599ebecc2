package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReleaseFileTest {
  private static final String DIGEST = "0123456789abcdef".repeat(4);
  private static final Instant DAY = Instant.parse("2026-11-21T09:15:44Z");

  private static ReleaseFile read(String more) throws IOException {
    return ReleaseFile.read(
        "Suite: stable\nCodename: trixie\nDate: Sat, 21 Nov 2026 09:15:44 UTC\n" + more);
  }

  @Test
  void filesHaveTheDigestsOfTheirSectionAndOfNoOther() throws IOException {
    ReleaseFile release =
        read("MD5Sum:\n %s 1 a/b\nSHA256:\n %s   77 a/b\nSHA512:\n %s 2 c\n".replace("%s", DIGEST));
    assertThat(release.files()).containsOnlyKeys("a/b");
    assertThat(release.files().get("a/b")).isEqualTo(new ReleaseFile.Listed(DIGEST, 77));
  }

  @Test
  void aDateIsAMomentInUtc() throws IOException {
    assertThat(read("").date()).isEqualTo(DAY);
    assertThat(read("Valid-Until: Sun, 22 Nov 2026 01:00:00 +0000\n").validUntil())
        .contains(Instant.parse("2026-11-22T01:00:00Z"));
    assertThatThrownBy(() -> read("Valid-Until: tomorrow\n"))
        .hasMessageContaining("'Valid-Until: tomorrow'");
    assertThatThrownBy(() -> ReleaseFile.read("Codename: trixie\n"))
        .hasMessageContaining("has no Date");
  }

  @Test
  void anotherReleaseIsRefused() throws IOException {
    ReleaseFile old = ReleaseFile.read("Codename: bookworm\nDate: Sat, 21 Nov 2026 09:15:44 UTC\n");
    assertThatThrownBy(() -> old.require("trixie", DAY))
        .hasMessage("what it offers as trixie is signed as 'bookworm', another release");
  }

  @ParameterizedTest
  @ValueSource(strings = {"trixie-updates", "trixie-security", "stable", ""})
  void aSuiteOfASimilarNameIsAnotherRelease(String name) throws IOException {
    ReleaseFile other =
        ReleaseFile.read("Codename: " + name + "\nDate: Sat, 21 Nov 2026 09:15:44 UTC\n");
    assertThatThrownBy(() -> other.require("trixie", DAY)).isInstanceOf(IOException.class);
  }

  @Test
  void aListThatIsOverIsRefusedAndOneThatPromisesNothingIsNot() throws IOException {
    ReleaseFile release = read("Valid-Until: Sat, 28 Nov 2026 09:15:44 UTC\n");
    Instant end = Instant.parse("2026-11-28T09:15:44Z");
    assertThatCode(() -> release.require("trixie", end)).doesNotThrowAnyException();
    assertThatThrownBy(() -> release.require("trixie", end.plusSeconds(1)))
        .hasMessageContaining("out of date")
        .hasMessageContaining("valid until 2026-11-28T09:15:44Z");
    Instant later = DAY.plusSeconds(1_000_000_000);
    assertThatCode(() -> read("").require("trixie", later)).doesNotThrowAnyException();
  }
}
