package atoll.manager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.engine.TranslatedCode;
import atoll.engine.TranslatedCode.Kind;
import atoll.engine.TranslationStatistics;
import atoll.host.HostException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineLogTest {
  @TempDir private Path folder;

  @Test
  void theHottestCodeAndWhatJavaDidAreNamed() throws IOException {
    CodeProfile profile = new CodeProfile();
    profile.made(
        new TranslatedCode(Kind.REGION, 1, 0xffffffff80001000L, 0x80201000L, 0x7000, 640, 33),
        new long[] {0x80201000L});
    for (int i = 0; i < 3; i++) {
      profile.sampled(1, 0x80201000L);
    }
    profile.sampled(0, 0x90000000L);
    TranslationStatistics statistics =
        new TranslationStatistics(
            5,
            50,
            1,
            33,
            0,
            0,
            0,
            2,
            250,
            0,
            0,
            0,
            0,
            0,
            0,
            4096,
            0,
            Map.of("slow", 10L),
            Map.of(),
            Map.of("csrrw", 8L, "wfi", 2L));
    Path file = folder.resolve("engine.log");
    assertThat(EngineLog.open(file).write(profile, 1000, statistics)).isEmpty();
    assertThat(Files.readString(file))
        .contains("1,000 instructions, 25.00 % of them interpreted; 5 blocks and 1 regions, 4 KiB")
        .containsPattern("3 +75\\.00% +region +1 +ffffffff80001000 +00000080201000 +33 +640")
        .containsPattern("(?s)8 +80\\.00% +csrrw\n +2 +20\\.00% +wfi");
  }

  @Test
  void aFileThatCannotBeWrittenIsToldBeforeTheRun() {
    Path missing = folder.resolve("missing/engine.log");
    assertThatThrownBy(() -> EngineLog.open(missing))
        .isInstanceOf(HostException.class)
        .hasMessageContainingAll("the engine's log", missing.toString(), "there is no such folder");
  }
}
