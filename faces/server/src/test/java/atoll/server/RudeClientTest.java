package atoll.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that vanish, flood, do not read or send nonsense: the others and the VMs go on. */
@Timeout(120)
class RudeClientTest {
  @TempDir private Path folder;
  private TestSystem system;

  @BeforeEach
  void start() throws IOException {
    system = new TestSystem(folder);
  }

  /** Whatever a client has done. */
  @AfterEach
  void theOthersAreServedAndTheGuestsGoOn() throws IOException {
    try (TestSystem.Raw other = system.raw()) {
      assertThat(other.ask("{\"command\":\"console\",\"vm\":\"two\"}")).contains("result");
      other.say("echo still here");
      assertThat(other.outputUntil("still here\r\nstill here")).doesNotContain("(end)");
    }
    system.end();
  }

  @Test
  void aLineWithoutEndCostsItsConnection() throws IOException {
    try (TestSystem.Raw client = system.raw()) {
      client.say("x".repeat(ControlConnection.LONGEST + 1));
      assertThat(client.line()).contains("invalid").contains("the line is too long");
      assertThat(client.line()).isEqualTo("(end)");
    }
  }

  @Test
  void bytesOfAnyKindAreAnsweredOrEndTheirConnection() throws IOException {
    SplittableRandom random = new SplittableRandom(13);
    for (int round = 0; round < 50; round++) {
      byte[] bytes = new byte[random.nextInt(2000)];
      random.nextBytes(bytes);
      try (TestSystem.Raw client = system.raw()) {
        client.say(new String(bytes, StandardCharsets.ISO_8859_1));
        assertThat(client.ask("{\"id\":77,\"command\":\"list\"}")).isNotEmpty();
      }
    }
  }

  @Test
  void requestsThatAreCutOrDamagedAreAnsweredWithAnError() throws IOException {
    SplittableRandom random = new SplittableRandom(7);
    String whole = "{\"id\":1,\"command\":\"stats\",\"vm\":\"one\"}";
    try (TestSystem.Raw client = system.raw()) {
      for (int round = 0; round < 500; round++) {
        char[] damaged = whole.toCharArray();
        damaged[random.nextInt(damaged.length)] = (char) (' ' + random.nextInt(95));
        assertThat(client.ask(new String(damaged, 0, 1 + random.nextInt(damaged.length))))
            .containsAnyOf("\"error\"", "\"result\"");
      }
    }
  }

  @Test
  void aClientThatAsksAndNeverReadsWaitsForItself() throws IOException {
    try (TestSystem.Raw client = system.raw()) {
      client.channel.configureBlocking(false);
      byte[] request = "{\"command\":\"stats\"}\n".getBytes(StandardCharsets.UTF_8);
      ByteBuffer flood = ByteBuffer.allocate(request.length * 4000);
      while (flood.hasRemaining()) {
        flood.put(request);
      }
      flood.flip();
      while (flood.hasRemaining() && client.channel.write(flood) > 0) {
        // Until its own socket takes no more.
      }
      theOthersAreServed();
    }
  }

  private void theOthersAreServed() throws IOException {
    try (TestSystem.Raw other = system.raw()) {
      assertThat(other.ask("{\"command\":\"networks\"}")).contains("result");
    }
  }

  @Test
  void whatASubscriberDoesNotReadIsLostAndHeIsToldSo() throws IOException {
    try (TestSystem.Raw lazy = system.raw();
        TestSystem.Raw typist = system.raw()) {
      assertThat(lazy.ask("{\"command\":\"events\",\"vm\":\"one\"}")).contains("result");
      assertThat(typist.ask("{\"command\":\"console\",\"vm\":\"one\"}")).contains("result");
      // Several times what waits for him here and in his socket.
      for (int i = 0; i < 100; i++) {
        typist.say("help\r".repeat(20) + "echo done " + i + ".");
        assertThat(typist.outputUntil("\ndone " + i + ".")).doesNotContain("(end)");
      }
      assertThat(lazy.lineWith("\"lost\"")).contains("\"events\":", "\"bytes\":");
    }
  }

  @Test
  void clientsThatVanishInTheMiddleLeaveNothingBehind() throws IOException {
    for (int i = 0; i < 3 * ControlServer.MOST_CLIENTS; i++) {
      try (TestSystem.Raw client = system.raw()) {
        client.say(
            switch (i % 4) {
              case 0 -> "{\"command\":\"dirty\",\"vm\":\"one\",\"time\":\"20ms\"}";
              case 1 -> "{\"command\":\"events\",\"history\":true}";
              case 2 -> "{\"command\":\"console\",\"vm\":\"one\"}\nhelp\r\nhelp";
              default -> "{\"command\":";
            });
      }
      awaitRoom();
    }
  }

  /** A client that has gone has its place until that is noticed. */
  private void awaitRoom() throws IOException {
    boolean admitted = false;
    while (!admitted) {
      try (TestSystem.Raw client = system.raw()) {
        admitted = !client.greeting.contains("error");
      }
    }
  }

  @Test
  void whatIsTypedAtAPausedVmAndLeftDoesNotHoldTheNextClientUp() throws IOException {
    try (TestSystem.Raw operator = system.raw()) {
      assertThat(operator.ask("{\"command\":\"pause\",\"vm\":\"one\"}")).contains("paused");
      for (int i = 0; i < 2 * ControlServer.MOST_CLIENTS; i++) {
        try (TestSystem.Raw client = system.raw()) {
          client.say("{\"command\":\"console\",\"vm\":\"one\"}");
          client.say("x".repeat(10_000));
        }
        awaitRoom();
      }
      assertThat(operator.ask("{\"command\":\"resume\",\"vm\":\"one\"}")).contains("running");
    }
  }
}
