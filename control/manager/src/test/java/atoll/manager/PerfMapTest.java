package atoll.manager;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.TranslatedCode;
import atoll.engine.TranslatedCode.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class PerfMapTest {
  @Test
  void theFileNamesTheMethodsOfTheJvmAndTheCodeOfGuests() throws IOException {
    try {
      PerfMap.write(
          List.of(
              new TranslatedCode(Kind.TRAMPOLINES, 0, 0, 0, 0x7f0000001000L, 0x20d, 0),
              new TranslatedCode(
                  Kind.BLOCK, 0, 0xffffffff80012344L, 0x80212344L, 0x7f0000002000L, 0x40, 5)));
      assertThat(Files.readAllLines(PerfMap.file()))
          .anyMatch(line -> line.contains("Interpreter"))
          .endsWith(
              "7f0000001000 20d guest:trampolines",
              "7f0000002000 40 guest:block:0xffffffff80012344");
    } finally {
      Files.deleteIfExists(PerfMap.file());
    }
  }
}
