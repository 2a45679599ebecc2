package atoll.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.HostException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What clients of a running system ask for, and what they are told. */
@Timeout(120)
class ControlServerTest {
  @TempDir private Path folder;
  private TestSystem system;

  @BeforeEach
  void start() throws IOException {
    system = new TestSystem(folder);
  }

  @AfterEach
  void end() {
    system.end();
  }

  private String ask(String line) throws IOException {
    try (TestSystem.Raw client = system.raw()) {
      return client.ask(line);
    }
  }

  @Test
  void aClientIsGreetedWithTheVersionOfTheProtocolAndTheNamesOfTheVms() throws IOException {
    try (TestSystem.Raw client = system.raw()) {
      assertThat(client.greeting)
          .contains("\"protocol\":1", "\"system\":\"reached\"", "\"vms\":[\"one\",\"two\"")
          .contains("\"process\":" + ProcessHandle.current().pid());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"id":1,"command":"list"}                          | {"id":1,"result":{"vms":[{"name":"one","status":"running","restarts":0
          {"command":"list"}                                 | {"result":{"vms":[
          {"id":"a","command":"stats"}                       | {"id":"a","result":{"elapsedNanos":
          {"command":"stats","vm":"two"}                     | {"result":{"name":"two","status":"running"
          {"command":"networks"}                             | {"result":{"networks":[]}}
          {"command":"pause","vm":"two"}                     | {"result":{"vm":"two","status":"paused"}}
          {"command":"pause","vm":"two","vcpu":0}            | {"result":{"vm":"two","status":"running"}}
          {"command":"start","vm":"waiting"}                 | {"result":{"vm":"waiting","status":"running"}}
          {"command":"stop","vm":"one"}                      | {"result":{"vm":"one","status":"stopped"}}
          {"command":"reset","vm":"one"}                     | {"result":{"vm":"one","status":"running"}}
          {"command":"balloon","vm":"two","bytes":"1M"}      | {"result":{"asked":1048576,"given":0,"driven":false}}
          {"command":"balloon","vm":"two","bytes":4096}      | {"result":{"asked":4096,
          {"command":"press","vm":"one","button":"user","time":"1h"} | {"result":{"heard":false}}
          {"command":"hold","vm":"one","button":"user"}      | {"result":{"heard":false}}
          {"command":"release","vm":"one","button":"user"}   | {"result":{"heard":false}}
          {"command":"panel","vm":"one"}                     | {"result":{"buttons":[{"name":"user","code":256,"held":false}],"leds":[{"name":"status","lit":false,"changes":0}],"heard":false}}
          {"command":"dirty","vm":"one","time":"1ms"}        | {"result":{"ramPages":
          {"command":"monitor","line":" list  one "}         | {"result":{"lines":["typed:","list+one"]}}
          {"command":"disk","action":"change","vm":"one","disk":0,"image":"B 1.img,ro"} | {"result":{"lines":["typed:","disk+change+one+0+B 1.img,ro"]}}
          {"command":"dump","vm":"one","file":"a core"}      | {"result":{"lines":["typed:","dump+one+a core"]}}
          {"command":"gdb","vm":"one"}                       | {"result":{"lines":["typed:","gdb+one"]}}
          {"command":"gdb","vm":"one","address":":1234"}     | {"result":{"lines":["typed:","gdb+one+:1234"]}}
          {"command":"send","vm":"one","text":"echo \\u00e4\\r"} | {"result":{"bytes":8}}
          {"command":"window","vm":"one","columns":80,"rows":25} | {"result":{}}
          """)
  void aRequestIsAnsweredWithItsResult(String request, String answer) throws IOException {
    assertThat(ask(request)).startsWith(answer);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          hello                              | invalid | the line is not JSON
          {"command":"list"                  | invalid | the line is not JSON
          {"command":"list"} {}              | invalid | the line is not JSON
          {"command":"list","command":"x"}   | invalid | the line is not JSON
          [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[ | invalid | the line is not JSON
          [1]                                | invalid | the line is not an object of JSON
          null                               | invalid | the line is not an object of JSON
          {}                                 | invalid | 'command' is missing
          {"command":7}                      | invalid | 'command' is missing, or not a string
          {"command":"lits"}                 | invalid | there is no command 'lits'; did you mean list?
          {"command":"list","vm":"one"}      | invalid | 'list' has no 'vm'; it takes nothing
          {"command":"pause"}                | invalid | 'vm' is missing, expected a string
          {"command":"pause","vm":1}         | invalid | 'vm' is 1, expected a string
          {"command":"pause","vm":"one","vpcu":1} | invalid | 'pause' has no 'vpcu'; did you mean vcpu?
          {"command":"pause","vm":"one","vcpu":-1} | invalid | 'vcpu' is -1, expected a whole number
          {"command":"pause","vm":"one","vcpu":"0"} | invalid | 'vcpu' is \\"0\\", expected a whole number
          {"command":"pause","vm":"one","vcpu":99999999999999999999} | invalid | the line is not JSON
          {"command":"balloon","vm":"two","bytes":"much"} | invalid | 'bytes' is \\"much\\", expected a number of bytes
          {"command":"dirty","vm":"one","time":"soon"} | invalid | 'time' is \\"soon\\", expected a string such as
          {"command":"dirty","vm":"one","time":"2m"} | refused | writes are sampled for 1 ms to 1 min
          {"command":"disk","action":"shrink","vm":"one","disk":0,"bytes":0} | invalid | 'action' is \\"shrink\\", expected
          {"command":"disk","vm":"one","disk":0,"bytes":0} | invalid | 'action' is missing, expected \\"resize\\" or \\"change\\"
          {"command":"disk","action":"change","vm":"one","disk":0,"bytes":0} | invalid | 'image' is missing, expected a string
          {"command":"disk","action":"change","vm":"one","disk":0,"image":"b","bytes":0} | invalid | 'disk' has no 'bytes'
          {"command":"disk","action":"resize","vm":"one","disk":0,"bytes":512} | refused | one has no disk
          {"command":"events","only":["printed",1]} | invalid | 'only' is [\\"printed\\",1], expected a list of strings
          {"command":"events","only":["print"]} | refused | there is no event 'print'; did you mean printed?
          {"command":"events","vm":"three"}  | refused | there is no VM 'three'; there are one, two and waiting
          {"command":"console","vm":"three"} | refused | there is no VM 'three'
          {"command":"stats","vm":"tow"}     | refused | there is no VM 'tow'; did you mean two?
          {"command":"stop","vm":"tow"}      | refused | there is no VM 'tow'; did you mean two?
          {"command":"resume","vm":"one"}    | refused | one is not paused, it is running
          {"command":"registers","vm":"one"} | refused | one
          {"command":"screenshot","vm":"two"} | refused | two has no display
          {"command":"press","vm":"one"}     | invalid | 'button' is missing, expected a string
          {"command":"press","vm":"one","button":"usr"} | refused | one has no button 'usr'; did you mean user?
          {"command":"press","vm":"one","button":"user","time":"2h"} | refused | a button is pressed for up to 1 h
          {"command":"powerdown","vm":"two"} | refused | two has no buttons
          {"command":"panel","vm":"waiting"} | refused | waiting has no buttons and no LEDs
          {"command":"link","vm":"one","nic":0,"up":false} | refused | one has no network interface
          {"command":"send","vm":"waiting","text":"x"} | refused | waiting is ready, and what is typed goes nowhere
          {"command":"monitor","line":" "}   | refused | the line is empty
          {"command":"monitor","line":"refuse"} | refused | as you wish
          """)
  void whatMakesNoSenseIsAnsweredInASentenceAndTheConnectionGoesOn(
      String request, String kind, String message) throws IOException {
    try (TestSystem.Raw client = system.raw()) {
      assertThat(client.ask(request))
          .startsWith("{\"error\":{\"kind\":\"%s\",\"message\":\"%s".formatted(kind, message));
      assertThat(client.ask("{\"id\":2,\"command\":\"networks\"}")).contains("\"id\":2,\"result\"");
    }
  }

  @Test
  void theIdOfARequestThatMakesNoSenseComesBack() throws IOException {
    assertThat(ask("{\"id\":\"x7\",\"command\":\"none\"}")).startsWith("{\"id\":\"x7\",\"error\"");
    assertThat(ask("{\"id\":[],\"command\":\"list\"}")).startsWith("{\"error\"").contains("'id'");
  }

  @Test
  void requestsThatComeTogetherAreAnsweredInTheirOrder() throws IOException {
    try (TestSystem.Raw client = system.raw()) {
      client.say(
          """
          {"id":1,"command":"pause","vm":"one"}

          {"id":2,"command":"registers","vm":"one"}\r
          {"id":3,"command":"report","vm":"one"}
          {"id":4,"command":"resume","vm":"one"}\
          """);
      assertThat(client.line()).startsWith("{\"id\":1,\"result\"");
      assertThat(client.line()).contains("\"harts\":[{\"hart\":0,\"registers\":{\"pc\":\"0x");
      assertThat(client.line())
          .startsWith("{\"id\":3,\"result\":{\"vm\":\"one\",\"life\":1,\"timeNanos\":")
          .contains("\"what\":\"is paused\",\"harts\":[{\"hart\":0,")
          .contains("\"registers\":{\"pc\":{\"value\":\"0x0000000080")
          .contains("\"text\":\"== one, life 1, at ");
      assertThat(client.line()).startsWith("{\"id\":4,\"result\"");
    }
  }

  @Test
  void thePictureOfADisplayComesAsPng() throws Exception {
    try (ControlClient client = system.client()) {
      assertThat(client.screenshot("one").png().toArray()).startsWith(0x89, 'P', 'N', 'G');
    }
  }

  @Test
  void aClientQuitsTheSystemAndIsToldSoFirst() throws Exception {
    assertThat(ask("{\"command\":\"quit\"}")).isEqualTo("{\"result\":{}}");
    system.quit.await();
  }

  @Test
  void eventsComeAfterTheAnswerThatTheyWill() throws IOException {
    try (TestSystem.Raw client = system.raw()) {
      assertThat(client.ask("{\"command\":\"events\",\"vm\":\"two\"}"))
          .isEqualTo("{\"result\":{}}");
      assertThat(ask("{\"command\":\"pause\",\"vm\":\"one\"}")).contains("paused");
      assertThat(ask("{\"command\":\"pause\",\"vm\":\"two\"}")).contains("paused");
      assertThat(client.lineWith("paused")).contains("\"vm\":\"two\"");
      assertThat(ask("{\"command\":\"reset\",\"vm\":\"two\"}")).contains("running");
      assertThat(client.lineWith("life-began"))
          .startsWith("{\"event\":\"life-began\",\"nanos\":")
          .endsWith("\"vm\":\"two\",\"life\":2,\"why\":\"reset\"}");
    }
  }

  @Test
  void onlyTheEventsThatAreWantedCome() throws IOException {
    try (TestSystem.Raw client = system.raw()) {
      assertThat(client.ask("{\"command\":\"events\",\"only\":[\"life-ended\"]}"))
          .contains("result");
      assertThat(ask("{\"command\":\"send\",\"vm\":\"two\",\"text\":\"poweroff 3\\r\"}"))
          .contains("result");
      assertThat(client.line())
          .startsWith("{\"event\":\"life-ended\"")
          .contains("\"kind\":\"poweroff\",\"text\":\"switched itself off with failure code 3\"")
          .contains("\"code\":3");
      assertThat(ask("{\"command\":\"list\"}"))
          .contains("\"last\":{\"kind\":\"poweroff\"", "\"code\":3");
    }
  }

  @Test
  void whoComesLateIsToldWhatWasPrintedBefore() throws IOException {
    try (TestSystem.Raw first = system.raw();
        TestSystem.Raw late = system.raw()) {
      first.say("{\"command\":\"console\",\"vm\":\"one\",\"history\":true}");
      first.say("echo before");
      assertThat(first.outputUntil("before\r\nbefore\r\n")).doesNotContain("(end)");
      late.say("{\"command\":\"events\",\"vm\":\"one\",\"history\":true}");
      assertThat(late.lineWith("printed")).contains("before\\r\\nbefore");
      assertThat(late.lineWith("status-changed")).contains("running");
    }
  }

  @Test
  void aConsoleIsRawBothWaysAndSeveralCanLookAtOne() throws IOException {
    try (TestSystem.Raw typist = system.raw();
        TestSystem.Raw watcher = system.raw()) {
      assertThat(watcher.ask("{\"id\":1,\"command\":\"console\",\"vm\":\"one\"}"))
          .isEqualTo("{\"id\":1,\"result\":{\"vm\":\"one\",\"device\":\"serial\"}}");
      assertThat(typist.ask("{\"command\":\"console\",\"vm\":\"one\"}")).contains("serial");
      typist.say("echo {\"command\":\"quit\"}");
      assertThat(typist.outputUntil("\n{\"command\":\"quit\"}")).doesNotContain("(end)");
      assertThat(watcher.outputUntil("\n{\"command\":\"quit\"}")).doesNotContain("(end)");
    }
  }

  @Test
  void aConnectionWithEventsDoesNotBecomeAConsole() throws IOException {
    try (TestSystem.Raw client = system.raw()) {
      client.say("{\"command\":\"events\",\"only\":[]}");
      assertThat(client.line()).contains("result");
      assertThat(client.ask("{\"command\":\"console\",\"vm\":\"one\"}")).contains("open another");
    }
  }

  @Test
  void atTheEndSubscribersAreToldAndTheSocketIsGone() throws IOException {
    try (TestSystem.Raw events = system.raw();
        TestSystem.Raw console = system.raw()) {
      assertThat(events.ask("{\"command\":\"events\"}")).contains("result");
      assertThat(console.ask("{\"command\":\"console\",\"vm\":\"one\"}")).contains("result");
      system.end();
      assertThat(events.lineWith("system-ended")).isEqualTo("{\"event\":\"system-ended\"}");
      assertThat(events.line()).isEqualTo("(end)");
      assertThat(console.outputUntil("never printed")).endsWith("(end)");
    }
    assertThat(system.path).doesNotExist();
    assertThatThrownBy(system::client)
        .isInstanceOf(HostException.class)
        .hasMessageContaining("no system can be reached by");
  }

  @Test
  void theSocketIsItsUsersAlone() throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(system.path)))
        .isEqualTo("rw-------");
  }

  @Test
  void asManyClientsAsThereMayBeAreServedAndOneMoreOnceOneHasGone() throws IOException {
    List<TestSystem.Raw> clients = new ArrayList<>();
    try {
      for (int i = 0; i < ControlServer.MOST_CLIENTS; i++) {
        clients.add(system.raw());
      }
      try (TestSystem.Raw refused = system.raw()) {
        assertThat(refused.greeting).contains("error").contains("there are 16 clients already");
        assertThat(refused.line()).isEqualTo("(end)");
      }
      clients.removeFirst().close();
      clients.add(admitted());
      for (TestSystem.Raw client : clients) {
        assertThat(client.ask("{\"command\":\"networks\"}")).contains("result");
      }
    } finally {
      for (TestSystem.Raw client : clients) {
        client.close();
      }
    }
  }

  /** That one has gone is noticed a moment later. */
  private TestSystem.Raw admitted() throws IOException {
    TestSystem.Raw client = system.raw();
    while (client.greeting.contains("error")) {
      client.close();
      client = system.raw();
    }
    return client;
  }
}
