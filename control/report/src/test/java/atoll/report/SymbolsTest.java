package atoll.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Places of a program are known by the names of its ELF file, and no damage to that does harm. */
class SymbolsTest {
  private static final Path HELLO = Path.of("../../guests/hello/hello.elf");

  @Test
  void aPlaceIsNamedByTheFunctionThatItIsIn() throws IOException {
    Symbols symbols = Symbols.of(Files.readAllBytes(HELLO));
    long main = symbols.address("main").orElseThrow();
    assertThat(symbols.at(main)).contains("main");
    assertThat(symbols.at(main + 0x1c)).contains("main+0x1c");
    assertThat(symbols.address("_start")).hasValue(0x8000_0000L);
    assertThat(symbols.at(0x7fff_ffffL)).isEmpty();
    assertThat(symbols.at(-1)).isEmpty();
    assertThat(symbols.address("no such name")).isEmpty();
  }

  @Test
  void aFileWithoutNamesHasNone() {
    assertThat(Symbols.of(new byte[0]).at(0)).isEmpty();
    assertThat(Symbols.of(new byte[4096]).at(0)).isEmpty();
  }

  @Test
  void damagedFilesDoNoHarm() throws IOException {
    byte[] whole = Files.readAllBytes(HELLO);
    Random random = new Random(7);
    for (int n = 0; n < 400; n++) {
      byte[] damaged =
          Arrays.copyOf(whole, n % 2 == 0 ? whole.length : random.nextInt(whole.length));
      for (int i = 0; i < 20 && damaged.length > 0; i++) {
        // In the header and the tables behind the code, where it matters.
        int at = i % 2 == 0 ? random.nextInt(64) : damaged.length - 1 - random.nextInt(2048);
        damaged[Math.clamp(at, 0, damaged.length - 1)] = (byte) random.nextInt();
      }
      assertThatCode(() -> Symbols.of(damaged).at(0x8000_0100L)).doesNotThrowAnyException();
    }
  }
}
