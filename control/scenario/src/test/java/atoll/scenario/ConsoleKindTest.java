package atoll.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.image.GuestProgram;
import atoll.image.MirrorChoice;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConsoleKindTest {
  private static Guest linux(Optional<Path> kernel, String words) {
    Guest.Images images =
        new Guest.Images(kernel, Optional.empty(), Optional.empty(), Optional.empty(), words);
    return new Guest.Linux(MirrorChoice.USUAL, "dumb", images);
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          '',                                VIRTIO
          quiet loglevel=3,                  VIRTIO
          console=ttyS0,                     SERIAL
          'quiet  console=ttyS0,115200 x=y', SERIAL
          console=hvc0,                      VIRTIO
          console=ttyS0 console=hvc0,        VIRTIO
          console=hvc0 console=tty0,         SERIAL
          noconsole=ttyS0,                   VIRTIO
          """)
  void debianHasAVirtioConsoleUnlessItsLastConsoleIsAnother(String words, ConsoleKind kind) {
    assertThat(ConsoleKind.usual(linux(Optional.empty(), words))).isEqualTo(kind);
    Guest.Images images =
        new Guest.Images(
            Optional.of(Path.of("vmlinux")),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            words);
    assertThat(ConsoleKind.usual(new Guest.Installed("debian", "dumb", images, List.of())))
        .isEqualTo(kind);
  }

  @Test
  void everythingElseHasTheUart() {
    assertThat(ConsoleKind.usual(linux(Optional.of(Path.of("Image")), "")))
        .isEqualTo(ConsoleKind.SERIAL);
    assertThat(ConsoleKind.usual(new Guest.Program(GuestProgram.HELLO, "")))
        .isEqualTo(ConsoleKind.SERIAL);
  }
}
