package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import atoll.host.Clock;
import atoll.host.Effects;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** The real archive, where a mirror of it can be reached. */
class DebianArchiveTest {
  private static final String ABSENT =
      "(?s).*(no Debian mirror is known|cannot be reached|answers \\d+|timed out).*";

  private static final Instant FIRST_DAY_OF_TRIXIE = Instant.parse("2025-08-09T00:00:00Z");

  private static DebianMirror mirror() {
    try {
      return new MirrorFinder(System::getenv, Clock.host(), Effects.host().tasks(), Progress.SILENT)
          .find(DebianMirror.TRIXIE, MirrorChoice.USUAL);
    } catch (RefusedException e) {
      if (e.getMessage().matches(ABSENT)) {
        abort("no mirror of Debian can be reached");
      }
      throw e;
    }
  }

  @Test
  void whatAMirrorOffersIsSignedByTheKeysThatAreTrusted() {
    assertThat(mirror().date()).isAfter(FIRST_DAY_OF_TRIXIE);
  }
}
