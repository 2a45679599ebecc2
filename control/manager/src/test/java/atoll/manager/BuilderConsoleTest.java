package atoll.manager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.image.Progress;
import atoll.image.RefusedException;
import atoll.scenario.ConsoleKind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BuilderConsoleTest {
  private final List<String> told = new ArrayList<>();
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();

  private final Progress progress =
      new Progress() {
        @Override
        public void begin(String step, long total, Unit unit) {}

        @Override
        public void doing(String part) {
          told.add(part);
        }

        @Override
        public void advance(long done) {
          told.add(String.valueOf(done));
        }

        @Override
        public void end() {}
      };

  private BuilderConsole console = new BuilderConsole(log, progress);

  private void print(String text) {
    console.accept(new Event.Printed("builder", ConsoleKind.SERIAL, Bytes.of(text)));
  }

  @Test
  void itTellsHowFarTheBuilderIs() {
    print("@atoll step unpacking pack");
    print("ages\r\nSetting up libc6:riscv64 (2.41) ...\r\nsomething\r\nSetting up apt (3.0) ...\n");
    assertThat(told)
        .containsExactly(
            "unpacking packages", "configuring libc6:riscv64", "1", "configuring apt", "2");
    assertThat(console.done()).isFalse();
    print("@atoll done\n");
    assertThat(console.done()).isTrue();
  }

  @Test
  void theLogHasAllThatWasPrinted() {
    print("a\nb");
    console.accept(new Event.Noticed("builder", "the disk is full"));
    console.close();
    assertThat(log).hasToString("a\nbatoll: the disk is full\n");
  }

  @Test
  void aFailureComesWithTheLastLines() {
    for (int line = 0; line < 100; line++) {
      print("line " + line + "\033[1m\n");
    }
    print("@atoll failed the packages cannot be unpacked\n@atoll failed twice\n");
    assertThat(console.failure()).contains("the packages cannot be unpacked");
    assertThat(console.last()).contains("line 99").doesNotContain("line 84", "\033");
    assertThat(console.last().lines()).hasSize(15);
  }

  /** Linux may lose what it could not write, and end in order. */
  @Test
  void whatADiskHasRefusedIsAFailureThoughTheBuilderGoesOn() {
    console.accept(new Event.Noticed("builder", "disk image d cannot be written: no space left"));
    print("@atoll failed something else\n@atoll done\n");
    assertThat(console.failure()).contains("disk image d cannot be written: no space left");
  }

  @Test
  void aLineWithoutAnEndTakesNoMemory() {
    for (int piece = 0; piece < 1000; piece++) {
      print("x".repeat(1000));
    }
    print("\n");
    assertThat(console.last()).hasSizeLessThan(1100);
  }

  @Test
  void aLogThatCannotBeWrittenIsSaidAtTheEnd() {
    console =
        new BuilderConsole(
            new OutputStream() {
              @Override
              public void write(int value) throws IOException {
                throw new IOException("no space left on device");
              }
            },
            progress);
    print("@atoll done\n");
    assertThat(console.done()).isTrue();
    assertThatThrownBy(console::close)
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("no space left on device");
  }
}
