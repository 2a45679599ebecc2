package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CacheFolderTest {
  private static Path folder(Map<String, String> environment, String system) {
    Map<String, String> properties = Map.of("user.home", "/home/u", "os.name", system);
    return CacheFolder.locate(environment::get, properties::get);
  }

  @Test
  void eachSystemHasItsCustom() {
    assertThat(folder(Map.of(), "Linux")).isEqualTo(Path.of("/home/u/.cache/atoll"));
    assertThat(folder(Map.of(), "Mac OS X")).isEqualTo(Path.of("/home/u/Library/Caches/atoll"));
  }

  @Test
  void theEnvironmentMayNameAnotherUnlessItIsRelative() {
    assertThat(folder(Map.of("XDG_CACHE_HOME", "/c"), "Linux")).isEqualTo(Path.of("/c/atoll"));
    assertThat(folder(Map.of("XDG_CACHE_HOME", "c"), "Linux"))
        .isEqualTo(Path.of("/home/u/.cache/atoll"));
  }
}
