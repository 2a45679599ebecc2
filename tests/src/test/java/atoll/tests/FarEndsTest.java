package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.image.RefusedException;
import atoll.manager.KeyAction;
import atoll.manager.Manager;
import atoll.testkit.Engines;
import atoll.testkit.GuestProgram;
import atoll.testkit.TestSystem;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Serial ports, a front and a sensor of a guest whose other ends are programs, also by TLS. */
@ParameterizedClass
@MethodSource("engines")
class FarEndsTest {
  @Parameter String engine;
  @TempDir Path folder;
  private UnaryOperator<String> environment;
  private int port;

  static List<String> engines() {
    return Engines.shipped().stream().map(engine -> engine.name()).toList();
  }

  @BeforeEach
  void findAPort() throws IOException {
    Map<String, String> set =
        Map.of(
            "XDG_CONFIG_HOME", folder.toString(),
            "XDG_DATA_HOME", folder.toString(),
            "XDG_RUNTIME_DIR", folder.toString());
    environment = name -> set.getOrDefault(name, System.getenv(name));
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
  }

  private TestSystem start(String far, String more) throws IOException {
    String text =
        """
        name: ends
        machine: {cpus: 1, memory: 64M}
        vms:
          vm:
            firmware: %s
            engine: %s
            memory: 16M
            buttons: [user]
            leds: [status]
            serial: {far: "%s"}
            %s
        """
            .formatted(GuestProgram.elf("remote"), engine, far, more);
    return TestSystem.start(Files.writeString(folder.resolve("s.yaml"), text), environment);
  }

  /** The other end of the port: a program, in whose lines one speaks with the guest. */
  private record End(Socket socket, BufferedReader lines) {
    static End of(Socket socket) throws IOException {
      socket.setSoTimeout((int) LIMIT.toMillis());
      return new End(
          socket, new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII)));
    }

    void say(String line) throws IOException {
      socket.getOutputStream().write((line + "\n").getBytes(US_ASCII));
    }

    String ask(String line) throws IOException {
      say(line);
      return lines.readLine();
    }
  }

  @Test
  void aPortSeesItsFarSideComeAndGoAndReturn() throws Exception {
    try (ServerSocket far = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
        TestSystem system = start("tcp://127.0.0.1:" + port, "")) {
      for (int n = 0; n < 2; n++) {
        End end = End.of(far.accept());
        system.console("vm").await("carrier", LIMIT);
        assertThat(end.ask("m")).isEqualTo("carrier");
        assertThat(end.ask("hello there")).isEqualTo("hello there");
        end.socket.close();
        system.console("vm").await("nobody", LIMIT);
      }
      End end = End.of(far.accept());
      end.say("q");
      system.awaitEnd("vm", 1, LIMIT);
      assertThat(system.notices())
          .contains("vm: serial port far: the far side is there: 127.0.0.1")
          .contains(
              "vm: serial port far: the far side is gone: it has ended the connection; it may return");
    }
  }

  /** Connects once the front before is seen to be gone, and what it held is let go. */
  private End again() throws IOException {
    while (true) {
      End front = End.of(new Socket(InetAddress.getLoopbackAddress(), port));
      String first = front.lines.readLine();
      if (first != null) {
        String now = first.endsWith("on") ? front.lines.readLine() : first;
        assertThat(now).isEqualTo("led status off");
        return front;
      }
      front.socket.close();
    }
  }

  @Test
  void aFrontElsewherePressesShowsAndMeasuresAndLeavesNothingBehind() throws Exception {
    try (ServerSocket far = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        TestSystem system =
            start(
                "tcp://127.0.0.1:" + far.getLocalPort(),
                "panel: \"tcp://127.0.0.1:%d?listen\"\n    sensors: [cabin]".formatted(port))) {
      End guest = End.of(far.accept());
      assertThat(guest.ask("t")).isEqualTo("no answer");
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        End front = End.of(socket);
        assertThat(front.lines.readLine()).isEqualTo("led status off");
        front.say("sensor cabin 21.4375");
        assertThat(front.lines.readLine()).startsWith("error 'sensor cabin 21.4375' is not");
        front.say("sensor cabin -40.25");
        assertThat(front.ask("hold user")).isEqualTo("led status on");
        assertThat(guest.ask("t")).isEqualTo("-644");
        assertThat(front.ask("release user")).isEqualTo("led status off");
        assertThat(front.ask("press power")).startsWith("error vm has no button 'power'");
        assertThat(front.ask("sensor moon 1")).startsWith("error vm has no sensor 'moon'");
        assertThat(front.ask("hold user")).isEqualTo("led status on");
      }
      End front = again();
      try (Socket socket = front.socket) {
        assertThat(socket.isConnected()).isTrue();
        assertThat(guest.ask("t")).isEqualTo("no answer");
        front.say("x".repeat(200));
        assertThat(front.lines.lines().toList()).allMatch("led status off"::equals); // To the end.
      }
      End last = again();
      try (Socket socket = last.socket) {
        assertThat(socket.isConnected()).isTrue();
        assertThat(last.ask("hold user")).isEqualTo("led status on");
        guest.say("q");
        system.awaitEnd("vm", 1, LIMIT);
        assertThat(last.lines.readLine()).isEqualTo("led status off"); // as there is no life
      }
    }
  }

  // ------------------------------------------------------------ TLS, with OpenSSL

  private void openssl(String... words) throws Exception {
    String[] command = new String[words.length + 1];
    command[0] = "openssl";
    System.arraycopy(words, 0, command, 1, words.length);
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("openssl.log").toFile())
              .start();
      assertThat(process.waitFor()).as(Files.readString(folder.resolve("openssl.log"))).isZero();
    } catch (IOException e) {
      assumeTrue(false, "openssl is not installed");
    }
  }

  /** Makes a key and a certificate of a program; returns the key as Atoll writes it. */
  private String key(String name) throws Exception {
    openssl("genpkey", "-algorithm", "ed25519", "-out", name + ".key");
    openssl(
        "req",
        "-x509",
        "-key",
        name + ".key",
        "-out",
        name + ".pem",
        "-subj",
        "/CN=x",
        "-days",
        "9");
    openssl("pkey", "-in", name + ".key", "-pubout", "-outform", "DER", "-out", name + ".der");
    byte[] der = Files.readAllBytes(folder.resolve(name + ".der"));
    return "ed25519:"
        + Base64.getEncoder().encodeToString(Arrays.copyOfRange(der, der.length - 32, der.length));
  }

  private Process client(String name) throws IOException {
    return new ProcessBuilder(
            "openssl",
            "s_client",
            "-quiet",
            "-tls1_3",
            "-connect",
            "127.0.0.1:" + port,
            "-ciphersuites",
            "TLS_CHACHA20_POLY1305_SHA256",
            "-cert",
            name + ".pem",
            "-key",
            name + ".key")
        .directory(folder.toFile())
        .redirectError(folder.resolve(name + ".log").toFile())
        .start();
  }

  @Test
  void onlyTheOneKeyIsLetInAndItsHolderReplacesItself() throws Exception {
    String bench = key("bench");
    String stranger = key("stranger");
    String far = "tls://127.0.0.1:%d?listen&peer=%s".formatted(port, bench);
    assertThatThrownBy(() -> start(far, "").close())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("atoll keys new");
    Manager manager = new Manager(Clock.host(), Effects.host(), environment);
    assertThat(manager.perform(new KeyAction.MakeKey("host"))).startsWith("ed25519:");
    try (TestSystem system = start(far, "");
        Socket silent = new Socket(InetAddress.getLoopbackAddress(), port)) {
      Process wrong = client("stranger");
      assertThat(wrong.getInputStream().read()).isEqualTo(-1);
      Process first = client("bench");
      system.console("vm").await("carrier", LIMIT);
      assertThat(system.notices().toString())
          .contains("the other end shows the key %s, expected %s".formatted(stranger, bench));
      first.getOutputStream().write("m\n".getBytes(US_ASCII));
      first.getOutputStream().flush();
      assertThat(first.inputReader().readLine()).isEqualTo("carrier");
      Process second = client("bench");
      second.getOutputStream().write("again\n".getBytes(US_ASCII));
      second.getOutputStream().flush();
      assertThat(second.inputReader().readLine()).isEqualTo("again");
      assertThat(silent.isConnected()).isTrue();
      for (Process program : List.of(wrong, first, second)) {
        program.destroy();
      }
    }
  }
}
