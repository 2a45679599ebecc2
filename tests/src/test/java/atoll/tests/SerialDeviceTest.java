package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.host.HostClaims;
import atoll.host.HostException;
import atoll.host.SerialDevice;
import atoll.image.RefusedException;
import atoll.testkit.GuestProgram;
import atoll.testkit.TestSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A serial port of the host, here a pseudoterminal of socat's, that one guest has for itself. */
class SerialDeviceTest {
  @TempDir Path folder;
  private Path device;
  private Process socat;
  private UnaryOperator<String> environment;

  @BeforeEach
  void plugIn() throws Exception {
    Map<String, String> set =
        Map.of("XDG_DATA_HOME", folder.toString(), "XDG_RUNTIME_DIR", folder.toString());
    environment = name -> set.getOrDefault(name, System.getenv(name));
    device = folder.resolve("ttyTest");
    plugSocatIn();
  }

  private void plugSocatIn() throws Exception {
    try {
      socat =
          new ProcessBuilder("socat", "PTY,link=%s,echo=0".formatted(device), "STDIO")
              .redirectError(folder.resolve("socat.log").toFile())
              .start();
    } catch (IOException e) {
      assumeTrue(false, "socat is not installed");
    }
    while (!Files.exists(device)) {
      assertThat(socat.waitFor(10, TimeUnit.MILLISECONDS))
          .as(Files.readString(folder.resolve("socat.log")))
          .isFalse();
    }
  }

  @AfterEach
  void unplug() throws Exception {
    socat.destroyForcibly();
    socat.waitFor();
  }

  private String mode() throws Exception {
    Process stty = new ProcessBuilder("stty", "-F", device.toString(), "-g").start();
    return new String(stty.getInputStream().readAllBytes(), US_ASCII);
  }

  private TestSystem start(String name) throws IOException {
    String text =
        """
        name: %s
        machine: {cpus: 1, memory: 64M}
        vms:
          gauge: {firmware: %s, memory: 16M, buttons: [user], leds: [status], serial: {far: "%s"}}
        """
            .formatted(name, GuestProgram.elf("remote"), device);
    return TestSystem.start(Files.writeString(folder.resolve(name + ".yaml"), text), environment);
  }

  private String ask(String line) throws IOException {
    socat.getOutputStream().write((line + "\n").getBytes(US_ASCII));
    socat.getOutputStream().flush();
    return socat.inputReader(US_ASCII).readLine();
  }

  @Test
  void itBelongsToOneGuestWhoseNameOthersAreToldAndIsGivenBackAsItWas() throws Exception {
    String before = mode();
    try (TestSystem system = start("first")) {
      system.console("gauge").await("carrier", LIMIT);
      assertThat(ask("hello")).isEqualTo("hello");
      assertThat(mode()).isNotEqualTo(before);
      assertThatThrownBy(() -> start("second").close())
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("second.yaml")
          .hasMessageContaining(
              "is in use by VM gauge of the system first (process %d)"
                  .formatted(ProcessHandle.current().pid()));
      assertThatThrownBy(() -> SerialDevice.open(device, Optional.empty(), Optional.empty()))
          .isInstanceOf(HostException.class)
          .hasMessageContaining("is in use by another program");
      unplug();
      system.console("gauge").await("nobody", LIMIT);
      Files.deleteIfExists(device);
      plugSocatIn();
      system.console("gauge").await("carrier", LIMIT);
      assertThat(ask("again")).isEqualTo("again");
    }
    String found = mode();
    try (TestSystem system = start("third")) {
      system.console("gauge").await("carrier", LIMIT);
    }
    assertThat(mode()).isEqualTo(found);
  }

  @Test
  void whatAKilledProcessHasLeftIsPutRightByTheNextOne() throws Exception {
    String before = mode();
    HostClaims claims = new HostClaims(folder.resolve("atoll/claims"));
    Files.createDirectories(folder.resolve("atoll/claims"));
    SerialDevice killed = SerialDevice.open(device, Optional.of(9_600), Optional.empty());
    String found = killed.mode();
    Files.writeString(
        folder.resolve("atoll/claims").resolve(HostClaims.key(device)), "VM x\n" + found + "\n");
    String changed = mode();
    killed.close();
    assertThat(mode()).isEqualTo(before);
    assertThat(changed).isNotEqualTo(before);
    claims.take(HostClaims.key(device), "VM that cannot open it").orElseThrow().close();
    try (HostClaims.Claim claim = claims.take(HostClaims.key(device), "VM y").orElseThrow()) {
      assertThat(claim.left()).contains(found);
      assertThat(claims.take(HostClaims.key(device), "VM z")).isEmpty();
      assertThat(claims.holder(HostClaims.key(device)).orElseThrow()).startsWith("VM y (process ");
      new ProcessBuilder("stty", "-F", device.toString(), "raw", "-echo").start().waitFor();
      SerialDevice.open(device, Optional.empty(), claim.left()).close();
      assertThat(mode()).isEqualTo(before);
    }
    assertThat(claims.holder(HostClaims.key(device))).isEmpty();
  }

  @Test
  void whatIsNoSerialPortIsRefused() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "x");
    assertThatThrownBy(() -> SerialDevice.open(file, Optional.empty(), Optional.empty()))
        .isInstanceOf(HostException.class)
        .hasMessageContaining("is no serial port and no pseudoterminal");
    assertThatThrownBy(
            () -> SerialDevice.open(folder.resolve("none"), Optional.empty(), Optional.empty()))
        .isInstanceOf(HostException.class)
        .hasMessageContaining("is not there");
  }
}
