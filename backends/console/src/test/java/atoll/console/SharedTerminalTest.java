package atoll.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Several guests at one terminal. */
class SharedTerminalTest {
  /** What a terminal has been sent, to be waited for. */
  private static final class Screen extends OutputStream {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Override
    public synchronized void write(int b) {
      bytes.write(b);
      notifyAll();
    }

    @Override
    public synchronized void write(byte[] from, int offset, int length) {
      bytes.write(from, offset, length);
      notifyAll();
    }

    synchronized String text() {
      return bytes.toString(StandardCharsets.UTF_8);
    }

    /** Waits for {@code text} behind position {@code from}; returns the position behind it. */
    synchronized int await(String text, int from) throws InterruptedException {
      int at = text().indexOf(text, from);
      while (at < 0) {
        wait();
        at = text().indexOf(text, from);
      }
      return at + text.length();
    }
  }

  private final Screen screen = new Screen();
  private final Screen linuxLog = new Screen();
  private final ScriptedTerminal terminal = new ScriptedTerminal();
  private final PipedOutputStream keys = new PipedOutputStream();
  private final CountDownLatch quit = new CountDownLatch(1);
  private final Recorder cluster = new Recorder(1000);
  private final Recorder linux = new Recorder(1000);
  private TerminalConsole console;
  private int pages;

  @BeforeEach
  void open() throws IOException {
    console =
        new TerminalConsole(
            List.of(
                new HostConsole.Port("cluster", Optional.empty(), OutputWatch.NONE),
                new HostConsole.Port("linux", Optional.empty(), linuxLog::write)),
            Ports.setup(
                () -> {},
                new EscapeCommand('x', "quits", quit::countDown),
                new EscapeCommand('s', "shows numbers", new EscapeCommand.Action.Show(this::page)),
                new EscapeCommand('c', "asks", new EscapeCommand.Action.Ask(new Echo()))),
            () -> terminal,
            new PipedInputStream(keys),
            screen);
    console.guest("cluster").attach(cluster);
    console.guest("linux").attach(linux);
  }

  @AfterEach
  void close() {
    console.close();
  }

  private synchronized List<String> page(int columns, int rows) {
    return List.of("page " + ++pages, "of %d by %d".formatted(columns, rows));
  }

  private static final class Echo implements CommandPrompt {
    @Override
    public String greeting() {
      return "commands:";
    }

    @Override
    public List<String> candidates(List<String> words) {
      return words.size() == 1 ? List.of("start", "stop", "quit") : List.of("cluster", "linux");
    }

    @Override
    public String waiting(List<String> words) {
      return "waiting for " + String.join("+", words);
    }

    @Override
    public Answer perform(List<String> words) {
      if (words.getFirst().equals("wait")) {
        return new Answer(List.of(waitForEver()), false);
      }
      return new Answer(List.of("did " + String.join("+", words)), words.getFirst().equals("quit"));
    }
  }

  private static String waitForEver() {
    try {
      new CountDownLatch(1).await();
      return "woke up";
    } catch (InterruptedException e) {
      return "was interrupted";
    }
  }

  @Test
  void theGreetingSaysHowToSwitchAndLeave() throws InterruptedException {
    screen.await("Ctrl-a n shows the next console, Ctrl-a x quits, Ctrl-a h helps", 0);
  }

  @Test
  void keysGoToTheConsoleInFrontAndSwitchingTakesEffectBetweenThem() throws Exception {
    type("one\001ntwo\001nthree\001pfour");
    assertThat(cluster.await(8)).isEqualTo("onethree");
    assertThat(linux.await(7)).isEqualTo("twofour");
  }

  @Test
  void aDigitShowsTheConsoleOfThatNumberAndAnyOtherSaysThatItIsNoCommand() throws Exception {
    type("\0012two\0011one\0013");
    assertThat(linux.await(3)).isEqualTo("two");
    assertThat(cluster.await(3)).isEqualTo("one");
    screen.await("Ctrl-a 3 is not a command", 0);
    type("\001h");
    screen.await("Ctrl-a 1  shows console cluster", 0);
    screen.await("Ctrl-a 2  shows console linux", 0);
  }

  @Test
  void anotherConsoleThanTheFirstCanBeInFront() throws Exception {
    PipedOutputStream typed = new PipedOutputStream();
    try (TerminalConsole other =
        new TerminalConsole(
            Ports.named("cluster", "linux"),
            new HostConsole.Setup(
                1,
                List.of(new EscapeCommand('x', "quits", quit::countDown)),
                InputEnd.END,
                loss -> {}),
            ScriptedTerminal::new,
            new PipedInputStream(typed),
            new Screen())) {
      Recorder front = new Recorder(100);
      other.guest("cluster").attach(new Recorder(100));
      other.guest("linux").attach(front);
      typed.write("ls\001".getBytes(StandardCharsets.US_ASCII));
      typed.flush();
      assertThat(front.await(2)).isEqualTo("ls");
    }
  }

  @Test
  void onlyTheConsoleInFrontIsShownAndTheOthersLastLinesWhenItComesToTheFront() throws Exception {
    print("cluster", "speed 90\n");
    int at = screen.await("speed 90\r\n", 0);
    for (int i = 0; i < 100; i++) {
      print("linux", "line " + i + "\r\n");
    }
    // What is logged later has been remembered before.
    int logged = linuxLog.await("line 99\r\n", 0);
    print("linux", "/ # ");
    linuxLog.await("/ # ", logged);
    type("\001n");
    at = screen.await("atoll: console linux, 2 of 2\r\n", at);
    int end = screen.await("line 99\r\n/ # ", at);
    assertThat(screen.text().substring(0, at)).doesNotContain("line 0");
    assertThat(screen.text().substring(at, end)).startsWith("line 72\r\n");
    print("cluster", "speed 91\n");
    print("linux", "ls\r\n");
    end = screen.await("ls\r\n", end);
    type("\001n");
    at = screen.await("atoll: console cluster, 1 of 2\r\n", end);
    screen.await("speed 90\r\nspeed 91\r\n", at);
    assertThat(screen.text().substring(0, end)).doesNotContain("speed 91");
  }

  @Test
  void aFullScreenProgramIsLeftAndFoundAgain() throws Exception {
    print("cluster", "\033[?1049h\033[Hvi");
    int at = screen.await("vi", 0);
    type("\001n");
    at = screen.await("\033[?1049l", at);
    at = screen.await("atoll: console linux", at);
    type("\001p");
    at = screen.await("\033[?1049h", at);
    screen.await("\033[Hvi", at);
  }

  @Test
  void theListMarksTheConsoleInFront() throws Exception {
    type("\001n\001l");
    int at = screen.await("  1  cluster\r\n", 0);
    screen.await("* 2  linux\r\n", at);
  }

  @Test
  void allGuestsLearnTheWindowsSize() throws Exception {
    terminal.resize(132, 50);
    assertThat(cluster.size()).isEqualTo("132x50");
    assertThat(linux.size()).isEqualTo("132x50");
  }

  @Test
  void aLivePageIsRefreshedUntilAKeyThatNoGuestGets() throws Exception {
    terminal.resize(70, 20);
    type("\001s");
    int at = screen.await("page 1\033[K\r\nof 70 by 19", 0);
    terminal.resize(90, 30);
    at = screen.await("of 90 by 29", at);
    print("cluster", "meanwhile\n");
    type("q");
    at = screen.await("atoll: console cluster, 1 of 2\r\n", at);
    screen.await("meanwhile\r\n", at);
    type("typed");
    assertThat(cluster.await(5)).isEqualTo("typed");
  }

  @Test
  void commandsAreAskedForCompletedAndPerformed() throws Exception {
    type("\001c");
    int at = screen.await("commands:\r\n", 0);
    at = screen.await("atoll> ", at);
    type("star\tlin\t\r");
    at = screen.await("did start+linux\r\n", at);
    type("quit\r");
    screen.await("atoll: console cluster, 1 of 2\r\n", at);
    type("typed");
    assertThat(cluster.await(5)).isEqualTo("typed");
  }

  @Test
  void controlDLeavesThePromptAndControlCGivesUpALine() throws Exception {
    type("\001c");
    int at = screen.await("atoll> ", 0);
    type("\003");
    at = screen.await("(Ctrl-d goes back to the console)", at);
    at = screen.await("atoll> ", at);
    type("sta\003");
    at = screen.await("atoll> ", at + 3);
    type("stop cluster\r");
    at = screen.await("did stop+cluster\r\n", at);
    at = screen.await("atoll> ", at);
    type("\004");
    screen.await("atoll: console cluster, 1 of 2\r\n", at);
  }

  @Test
  void controlCEndsACommandThatWaitsAndNothingElse() throws Exception {
    type("\001c");
    int at = screen.await("atoll> ", 0);
    type("wait linux\r");
    at = screen.await("waiting for wait+linux\r\n", at);
    type("stop linux\r\003");
    at = screen.await("was interrupted\r\n", at);
    screen.await("did stop+linux\r\n", at);
  }

  @Test
  void theEscapeWorksWhileACommandWaitsHoweverMuchIsTyped() throws Exception {
    type("\001c");
    int at = screen.await("atoll> ", 0);
    type("wait\r");
    at = screen.await("waiting for wait\r\n", at);
    type("x".repeat(5000) + "\001x");
    quit.await();
    type("\001n");
    screen.await("atoll: console linux, 2 of 2\r\n", at);
  }

  @Test
  void aCommandWithAQuoteThatIsNotClosedIsRefused() throws Exception {
    type("\001c");
    int at = screen.await("atoll> ", 0);
    type("stop \"linux\r");
    at = screen.await("a quote is not closed; leave it out, or close it\r\n", at);
    type("stop \"linux\"\r");
    at = screen.await("did stop+linux\r\n", at);
    type("stop a\\\r");
    screen.await("did stop+a\\\r\n", at);
  }

  @Test
  void whoTypesAtAGuestThatIsGoneIsToldOnceHowToStartIt() throws Exception {
    console.guest("cluster").unplug("it is stopped; start cluster", false);
    type("ls\r");
    int at = screen.await("atoll: it is stopped; start cluster\r\n", 0);
    type("ls\r\001n");
    at = screen.await("atoll: console linux, 2 of 2\r\n", at);
    assertThat(screen.text().split("it is stopped", -1)).as("said once").hasSize(2);
    type("\001p");
    at = screen.await("atoll: console cluster, 1 of 2; it is stopped; start cluster\r\n", at);
    Recorder next = new Recorder(100);
    console.guest("cluster").attach(next);
    type("\001n\001ptyped");
    assertThat(next.await(5)).isEqualTo("typed");
    screen.await("atoll: console cluster, 1 of 2\r\n", at);
  }

  @Test
  void whoTypesAtAGuestThatStandsStillIsToldAndTheGuestGetsIt() throws Exception {
    console.guest("cluster").hold("it is paused");
    type("ls");
    screen.await("atoll: it is paused\r\n", 0);
    assertThat(cluster.await(2)).isEqualTo("ls");
  }

  @Test
  void theEscapeWorksEverywhereAndLeavesWhatCoversTheConsole() throws Exception {
    type("\001c");
    int at = screen.await("atoll> ", 0);
    type("\001s");
    at = screen.await("page 1", at);
    type("\001n");
    at = screen.await("atoll: console linux, 2 of 2\r\n", at);
    type("\001c");
    at = screen.await("atoll> ", at);
    type("\001h");
    screen.await("Ctrl-a s  shows numbers\r\n", at);
    type("\001s\001x");
    quit.await();
  }

  @Test
  void aNoteThatComesWhileAPageIsShownIsSeenAfterwards() throws Exception {
    type("\001s");
    int at = screen.await("page 1", 0);
    console.note("linux has ended");
    type("q");
    at = screen.await("atoll: console cluster, 1 of 2\r\n", at);
    screen.await("atoll: linux has ended\r\n", at);
  }

  @Test
  void atTheEndTheConsoleIsThereAgainAndTheCursorOnALineOfItsOwn() throws Exception {
    print("cluster", "speed 90");
    type("\001s");
    int at = screen.await("page 1", 0);
    console.close();
    assertThat(screen.text().substring(at)).contains("\033[?25h").endsWith("speed 90\r\n");
  }

  @Test
  void aNoteAboutAGuestIsInFrontAndOnItsOwnConsole() throws Exception {
    console.note("linux", "linux begins again");
    int at = screen.await("atoll: linux begins again\r\n", 0);
    type("\001n");
    at = screen.await("atoll: console linux, 2 of 2\r\n", at);
    screen.await("atoll: linux begins again\r\n", at);
  }

  private void print(String guest, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    console.guest(guest).output(bytes, 0, bytes.length);
  }

  private void type(String text) throws IOException {
    keys.write(text.getBytes(StandardCharsets.ISO_8859_1));
    keys.flush();
  }
}
