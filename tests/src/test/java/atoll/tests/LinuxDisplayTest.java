package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.display.ScreenSize;
import atoll.manager.Screenshot;
import atoll.scenario.ConsoleKind;
import atoll.scenario.DisplayDescription;
import atoll.testkit.LinuxGuest;
import atoll.testkit.ManagedMachine;
import atoll.testkit.ScriptedConsole;
import atoll.vmm.Outcome;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Debian's drivers show a console on the display, and its shell hears what viewers type. */
@Tag("slow")
class LinuxDisplayTest {
  private static final String PROMPT = "~# ";
  private static final int RETURN = 0xff0d;

  /** Pixels that a few lines of text light at least, and at most. */
  private static final long SOME = 500;

  private static final long MANY = 100_000;

  @TempDir Path folder;

  @BeforeEach
  void findTheKernel() {
    assumeTrue(
        LinuxGuest.find().isPresent(), "there is no Debian kernel in the cache, nor network");
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  private static ManagedMachine start(int port, boolean pci) {
    return ManagedMachine.start(
        ManagedMachine.vm(ManagedMachine.linux("", Optional.empty()), "auto", 1, List.of())
            .pci(pci)
            .console(ConsoleKind.VIRTIO)
            .display(
                Optional.of(
                    new DisplayDescription(
                        new ScreenSize(800, 600),
                        Optional.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)),
                        Optional.empty())))
            .build());
  }

  /** A viewer that only types, by RFB 3.3. */
  private static void type(int port, String text) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      in.readNBytes(12);
      out.write("RFB 003.003\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(in.readInt()).isEqualTo(1);
      out.write(1);
      in.readNBytes(20);
      in.readNBytes(in.readInt());
      for (int n = 0; n < text.length(); n++) {
        char sign = text.charAt(n);
        for (int down = 1; down >= 0; down--) {
          out.write(new byte[] {4, (byte) down, 0, 0});
          out.writeInt(sign == '\n' ? RETURN : sign);
        }
      }
    }
  }

  private static long lit(BufferedImage picture) {
    long lit = 0;
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        lit += (picture.getRGB(x, y) & 0xff_ffff) != 0 ? 1 : 0;
      }
    }
    return lit;
  }

  private static BufferedImage shot(ManagedMachine machine) throws IOException {
    Screenshot shot = machine.screenshot();
    assertThat(shot.lit()).isTrue();
    return ImageIO.read(new ByteArrayInputStream(shot.png().toArray()));
  }

  /** The picture once so many pixels are lit; the guest goes on meanwhile. */
  private static BufferedImage awaitLit(ManagedMachine machine, long least) throws Exception {
    BufferedImage picture = shot(machine);
    for (int n = 0; lit(picture) < least; n++) {
      machine.virtio().type("echo waited $((1000 + %d))\n".formatted(n));
      machine.virtio().await("waited %d".formatted(1000 + n), LIMIT);
      picture = shot(machine);
    }
    assertThat(lit(picture)).isLessThan(MANY);
    return picture;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theConsoleIsOnTheDisplayAndHearsWhatAViewerTypes(boolean pci) throws Exception {
    int port = freePort();
    try (ManagedMachine machine = start(port, pci)) {
      ScriptedConsole console = machine.virtio();
      console.await(PROMPT, LIMIT);
      BufferedImage before = awaitLit(machine, SOME);
      assertThat(List.of(before.getWidth(), before.getHeight())).containsExactly(800, 600);
      type(port, "echo \"Typed: {42}\" | tee /dev/hvc0\n");
      assertThat(console.await("Typed: {42}", LIMIT)).isNotEmpty();
      BufferedImage after = awaitLit(machine, lit(before) + 100);
      assertThat(after.getWidth()).isEqualTo(800);
      console.type("dmesg | grep -E 'ERROR|WARNING'; exit 0\n");
      assertThat(machine.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
      assertThat(console.text()).doesNotContain("*ERROR*", "WARNING:");
    }
  }

  @Test
  void viewersOfOthersShowTheSamePicture() throws Exception {
    assumeTrue(new File("/usr/bin/gvnccapture").canExecute(), "gvnccapture is not installed");
    int port = freePort();
    try (ManagedMachine machine = start(port, false)) {
      machine.virtio().await(PROMPT, LIMIT);
      machine.virtio().type("echo -ne '\\033[?25l' > /dev/tty1; echo no cursor\n");
      machine.virtio().await("no cursor", LIMIT); // None that blinks.
      BufferedImage before = awaitLit(machine, SOME);
      BufferedImage theirs = capture(port);
      BufferedImage after = shot(machine);
      while (!same(before, after)) { // Something was still being drawn.
        before = after;
        theirs = capture(port);
        after = shot(machine);
      }
      assertThat(same(theirs, after)).isTrue();
    }
  }

  private BufferedImage capture(int port) throws Exception {
    Path file = folder.resolve("viewer.png");
    Path said = folder.resolve("said");
    Process viewer =
        new ProcessBuilder("gvnccapture", "127.0.0.1:" + (port - 5900), file.toString())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    assertThat(viewer.waitFor()).as(Files.readString(said)).isZero();
    return ImageIO.read(file.toFile());
  }

  private static boolean same(BufferedImage one, BufferedImage other) {
    if (one.getWidth() != other.getWidth() || one.getHeight() != other.getHeight()) {
      return false;
    }
    for (int y = 0; y < one.getHeight(); y++) {
      for (int x = 0; x < one.getWidth(); x++) {
        if (((one.getRGB(x, y) ^ other.getRGB(x, y)) & 0xff_ffff) != 0) {
          return false;
        }
      }
    }
    return true;
  }
}
