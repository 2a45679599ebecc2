package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {
  @Test
  void editsAreCounted() {
    assertThat(Nearest.distance("kitten", "sitting")).isEqualTo(3);
    assertThat(Nearest.distance("", "abc")).isEqualTo(3);
    assertThat(Nearest.distance("rnu", "run")).isEqualTo(1);
    assertThat(Nearest.distance("same", "same")).isZero();
  }

  @Test
  void onlyANearWordIsOffered() {
    List<String> known = List.of("linux", "hello");
    assertThat(Nearest.to("helo", known)).contains("hello");
    assertThat(Nearest.to("windows", known)).isEmpty();
  }
}
