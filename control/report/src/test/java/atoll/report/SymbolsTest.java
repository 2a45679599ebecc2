package atoll.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
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

  private static Symbols list(String text) {
    return Symbols.of(text.getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void aListAsLinuxWritesItHasNamesToo() {
    Symbols symbols =
        list(
            """
            0000000000000000 A __crc_nothing
                             U elsewhere
            ffffffff80000000 T _start
            ffffffff80000000 D _data_too
            ffffffff80002000 t do_trap
            ffffffff80002100 r $x
            ffffffff01e6c000 t probe\t[virtio_blk]
            """);
    assertThat(symbols.count()).isEqualTo(3);
    assertThat(symbols.at(0xffff_ffff_8000_0000L)).contains("_start");
    assertThat(symbols.at(0xffff_ffff_8000_2104L)).contains("do_trap+0x104");
    assertThat(symbols.at(0xffff_ffff_01e6_c010L)).contains("probe+0x10");
    assertThat(symbols.moved(0x20_0000).at(0xffff_ffff_8020_2104L)).contains("do_trap+0x104");
    assertThat(symbols.address("do_trap")).hasValue(0xffff_ffff_8000_2000L);
  }

  @Test
  void aTextThatIsNoListHasNone() {
    assertThat(list("0000000080000000 T begin\nand this is prose\n").count()).isEqualTo(1);
    assertThat(list("name: scenario\nvms: {}\n").count()).isZero();
    assertThat(list("0".repeat(1 << 21)).count()).isZero();
  }

  @Test
  void aFileIsReadAsItsBytesAre() throws IOException {
    Symbols whole = Symbols.of(Files.readAllBytes(HELLO));
    Symbols read = Symbols.of(HELLO);
    assertThat(read.count()).isEqualTo(whole.count()).isPositive();
    assertThat(read.address("main")).isEqualTo(whole.address("main"));
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
