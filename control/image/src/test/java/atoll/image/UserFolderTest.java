package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class UserFolderTest {
  private static Path folder(UserFolder which, Map<String, String> environment, String system) {
    Map<String, String> properties = Map.of("user.home", "/home/u", "os.name", system);
    return which.locate(environment::get, properties::get);
  }

  private static Path folder(UserFolder which, String system) {
    return folder(which, Map.of(), system);
  }

  @Test
  void eachSystemHasItsCustom() {
    assertThat(folder(UserFolder.CACHE, "Linux")).isEqualTo(Path.of("/home/u/.cache/atoll"));
    assertThat(folder(UserFolder.CACHE, "Mac OS X"))
        .isEqualTo(Path.of("/home/u/Library/Caches/atoll"));
    assertThat(folder(UserFolder.DATA, "Linux")).isEqualTo(Path.of("/home/u/.local/share/atoll"));
    assertThat(folder(UserFolder.CONFIG, "Linux")).isEqualTo(Path.of("/home/u/.config/atoll"));
    assertThat(folder(UserFolder.DATA, "Mac OS X"))
        .isEqualTo(Path.of("/home/u/Library/Application Support/atoll"))
        .isEqualTo(folder(UserFolder.CONFIG, "Mac OS X"));
  }

  @Test
  void theEnvironmentMayNameAnotherUnlessItIsRelative() {
    assertThat(folder(UserFolder.CACHE, Map.of("XDG_CACHE_HOME", "/c"), "Linux"))
        .isEqualTo(Path.of("/c/atoll"));
    assertThat(folder(UserFolder.CACHE, Map.of("XDG_CACHE_HOME", "c"), "Linux"))
        .isEqualTo(Path.of("/home/u/.cache/atoll"));
    assertThat(folder(UserFolder.DATA, Map.of("XDG_CACHE_HOME", "/c"), "Linux"))
        .isEqualTo(Path.of("/home/u/.local/share/atoll"));
  }
}
