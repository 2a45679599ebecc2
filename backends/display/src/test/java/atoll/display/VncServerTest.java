package atoll.display;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.host.HostException;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class VncServerTest {
  private static final int WIDTH = 200;
  private static final int HEIGHT = 100;

  private final Screen screen = new Screen(new ScreenSize(WIDTH, HEIGHT));
  private final Recorder keys = new Recorder();
  private final Recorder pointer = new Recorder();
  private final List<String> notices = new ArrayList<>();
  private VncServer server;

  @BeforeEach
  void plug() {
    screen.keyboard(keys);
    screen.pointer(pointer);
  }

  @AfterEach
  void close() {
    if (server != null) {
      server.close();
    }
    assertThat(notices).isEmpty();
  }

  private int serve() {
    return serve(Optional.empty());
  }

  private int serve(Optional<String> password) {
    server =
        VncServer.open(
            screen,
            new VncSettings(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), password),
            "vm",
            Clock.host(),
            Effects.host().tasks(),
            bytes -> Arrays.fill(bytes, (byte) 7),
            notices::add);
    return server.port();
  }

  private static int colour(int x, int y) {
    return x << 16 | y << 8 | (x * y & 0xff);
  }

  private void picture() {
    screen.show(WIDTH, HEIGHT);
    int[] row = new int[WIDTH];
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        row[x] = colour(x, y);
      }
      screen.draw(0, y, row, WIDTH);
    }
    screen.drawn(0, 0, WIDTH, HEIGHT);
  }

  private void spot(int x, int y, int colour) {
    screen.draw(x, y, new int[] {colour}, 1);
    screen.drawn(x, y, 1, 1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, RfbViewer.ZRLE})
  void aViewerSeesThePictureAndWhatChangesInIt(int encoding) throws Exception {
    picture();
    try (RfbViewer viewer = RfbViewer.open(serve())) {
      assertThat(viewer.title).isEqualTo("vm");
      assertThat(List.of(viewer.width, viewer.height)).containsExactly(WIDTH, HEIGHT);
      viewer.encodings(encoding);
      viewer.ask(false);
      assertThat(viewer.update()).containsOnly(encoding);
      assertThat(viewer.pixels).isEqualTo(screen.frame().pixels());
      viewer.ask(true); // Nothing has changed: the answer comes when something has.
      spot(150, 70, 0x010203);
      assertThat(viewer.update()).containsExactly(encoding);
      assertThat(viewer.pixels).isEqualTo(screen.frame().pixels());
    }
  }

  /** Plain areas, few colours, runs and noise: all kinds of tiles. */
  @Test
  void everyKindOfTileIsDecodedToWhatItWas() throws Exception {
    screen.show(640, 400);
    Random random = new Random(5);
    int[] row = new int[640];
    for (int y = 0; y < 400; y++) {
      for (int x = 0; x < 640; x++) {
        int kind = x / 64;
        row[x] =
            switch (kind) {
              case 0 -> 0x336699;
              case 1 -> random.nextInt(2) * 0xffffff;
              case 2 -> random.nextInt(4) * 0x111111;
              case 3 -> random.nextInt(16) * 0x0f0f0f;
              case 4 -> x / 20 * 0x70503 + y / 3 * 0x1357;
              case 5 -> x * 0x30201 & 0xffffff;
              default -> random.nextInt(1 << 24);
            };
      }
      screen.draw(0, y, row, 640);
    }
    screen.drawn(0, 0, 640, 400);
    try (RfbViewer viewer = RfbViewer.open(serve())) {
      viewer.encodings(RfbViewer.ZRLE);
      viewer.ask(false);
      assertThat(viewer.update()).containsOnly(RfbViewer.ZRLE);
      assertThat(viewer.pixels).isEqualTo(screen.frame().pixels());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "32,24,true,255,255,255,16,8,0",
    "32,24,false,255,255,255,0,8,16",
    "32,24,false,255,255,255,24,16,8",
    "32,24,true,255,255,255,24,16,8",
    "16,16,false,31,63,31,11,5,0",
    "16,15,true,31,31,31,10,5,0",
    "8,8,false,7,7,3,0,3,6"
  })
  void pixelsComeInTheFormThatTheViewerAsksFor(
      int bits, int depth, boolean big, int r, int g, int b, int rs, int gs, int bs)
      throws Exception {
    picture();
    PixelFormat format = new PixelFormat(bits, depth, big, false, r, g, b, rs, gs, bs);
    try (RfbViewer viewer = RfbViewer.open(serve())) {
      viewer.format(bits, depth, big, false, r, g, b, rs, gs, bs);
      viewer.ask(false);
      assertThat(viewer.update()).containsOnly(0);
      assertThat(viewer.pixels)
          .isEqualTo(Arrays.stream(screen.frame().pixels()).map(format::of).toArray());
      viewer.encodings(RfbViewer.ZRLE);
      viewer.ask(false);
      assertThat(viewer.update()).containsOnly(RfbViewer.ZRLE);
      int shift = Math.max(0, format.compressedShift());
      assertThat(viewer.pixels)
          .isEqualTo(
              Arrays.stream(screen.frame().pixels())
                  .map(pixel -> format.of(pixel) >>> shift)
                  .toArray());
    }
  }

  @Test
  void aViewerWithNumbersOfColoursIsToldTheColours() throws Exception {
    picture();
    try (RfbViewer viewer = RfbViewer.open(serve())) {
      viewer.format(8, 8, false, true, 0, 0, 0, 0, 0, 0);
      viewer.ask(false);
      assertThat(viewer.in.readNBytes(6)).containsExactly(1, 0, 0, 0, 1, 0);
      byte[] map = viewer.in.readNBytes(6 * 256);
      assertThat(Arrays.copyOfRange(map, 6 * 255, 6 * 256)).containsOnly(0xff);
      assertThat(Arrays.copyOf(map, 6)).containsOnly(0);
      assertThat(viewer.update()).containsOnly(0);
      assertThat(viewer.pixels[0]).isZero();
      assertThat(viewer.pixels[WIDTH - 1]).isEqualTo(5 << 5);
    }
  }

  @Test
  void aViewerThatKnowsItIsToldOfAnotherSize() throws Exception {
    picture();
    try (RfbViewer viewer = RfbViewer.open(serve())) {
      viewer.encodings(RfbViewer.DESKTOP_SIZE, RfbViewer.ZRLE);
      viewer.ask(false);
      assertThat(viewer.update()).containsOnly(RfbViewer.ZRLE);
      viewer.ask(true);
      screen.show(320, 240);
      assertThat(viewer.update()).containsExactly(RfbViewer.DESKTOP_SIZE);
      assertThat(List.of(viewer.width, viewer.height)).containsExactly(320, 240);
      viewer.ask(true);
      assertThat(viewer.update()).containsOnly(RfbViewer.ZRLE);
      assertThat(viewer.pixels).isEqualTo(screen.frame().pixels());
    }
  }

  @Test
  void aViewerThatDoesNotKnowItSeesWhatFitsAndBlackBehindIt() throws Exception {
    picture();
    try (RfbViewer viewer = RfbViewer.open(serve())) {
      screen.show(150, 300);
      viewer.ask(false);
      assertThat(viewer.update()).containsOnly(0);
      assertThat(viewer.pixels[149]).isEqualTo(colour(149, 0));
      assertThat(viewer.pixels[150]).isZero();
      screen.blank();
      viewer.ask(true);
      assertThat(viewer.update()).containsOnly(0);
      assertThat(viewer.pixels).containsOnly(0);
    }
  }

  @Test
  void onlyThePartThatIsAskedForIsSentAndTheRestLater() throws Exception {
    picture();
    try (RfbViewer viewer = RfbViewer.open(serve())) {
      viewer.ask(false, 0, 0, 10, 10);
      assertThat(viewer.update()).hasSize(1);
      assertThat(viewer.pixels[5 * WIDTH + 5]).isEqualTo(colour(5, 5));
      assertThat(viewer.pixels[50 * WIDTH + 50]).isZero();
      spot(199, 99, 0x123456);
      spot(1, 1, 0x654321);
      viewer.ask(true, 0, 0, 10, 10);
      assertThat(viewer.update()).hasSize(1);
      assertThat(viewer.pixels[99 * WIDTH + 199]).isZero();
      viewer.ask(true);
      assertThat(viewer.update()).isNotEmpty();
      assertThat(viewer.pixels).isEqualTo(screen.frame().pixels());
      viewer.ask(false, 60_000, 60_000, 60_000, 60_000); // There is nothing.
      viewer.ask(false);
      assertThat(viewer.update()).isNotEmpty();
    }
  }

  @Test
  void thePointersShapeAndTheLightsAreSent() throws Exception {
    picture();
    int[] shape = new int[64 * 64];
    shape[1] = 0xff_112233;
    screen.cursor(shape, 4, 5);
    screen.leds(2);
    try (RfbViewer viewer = RfbViewer.open(serve())) {
      viewer.encodings(RfbViewer.CURSOR, RfbViewer.QEMU_LEDS, RfbViewer.QEMU_KEYS, RfbViewer.ZRLE);
      viewer.ask(false);
      assertThat(viewer.update())
          .contains(RfbViewer.CURSOR, RfbViewer.QEMU_LEDS, RfbViewer.QEMU_KEYS);
      assertThat(viewer.cursor).startsWith(0, 0x112233);
      assertThat(viewer.leds).isEqualTo(4); // Caps Lock
      assertThat(viewer.keys).isTrue();
      viewer.ask(true);
      screen.noCursor();
      assertThat(viewer.update()).containsExactly(RfbViewer.CURSOR);
      assertThat(viewer.cursor).isEmpty();
    }
  }

  @Test
  void keysAndThePointerReachTheGuestAndAreLetGoAtTheEnd() throws Exception {
    picture();
    try (RfbViewer viewer = RfbViewer.open(serve())) {
      viewer.key('B', true);
      viewer.key('B', false);
      assertThat(keys.take(4)).containsExactly("+42", "+48", "-42", "-48");
      viewer.extendedKey('q', 0x1e, true); // A French keyboard's Q is where an American's A is.
      viewer.extendedKey('x', 0, true);
      assertThat(keys.take(2)).containsExactly("+30", "+45");
      viewer.point(WIDTH - 1, 0, 1);
      assertThat(pointer.take(2)).containsExactly("@32767,0", "+272");
    }
    assertThat(keys.take(2)).containsExactlyInAnyOrder("-30", "-45");
    assertThat(pointer.take(1)).containsExactly("-272");
  }

  @Test
  void textThatIsCutAndEncodingsThatNobodyKnowsAreTakenAndForgotten() throws Exception {
    picture();
    try (RfbViewer viewer = RfbViewer.open(serve())) {
      viewer.out.write(new byte[] {6, 0, 0, 0});
      viewer.out.writeInt(1_000_000);
      viewer.out.write(new byte[1_000_000]);
      int[] many = new Random(1).ints(65_535).map(n -> n | 1 << 30).toArray();
      viewer.encodings(many);
      viewer.key('z', true);
      assertThat(keys.take(1)).containsExactly("+44");
    }
  }

  // ------------------------------------------------------------ who may look

  @ParameterizedTest
  @CsvSource({"003.003", "003.007", "003.008", "003.889"})
  void olderViewersAreServedToo(String version) throws Exception {
    picture();
    try (RfbViewer viewer = new RfbViewer(serve())) {
      viewer.version(version);
      if (version.equals("003.003")) {
        assertThat(viewer.in.readInt()).isEqualTo(1);
      } else {
        assertThat(viewer.in.readShort()).isEqualTo((short) 0x0101);
        viewer.out.write(1);
        if (!version.equals("003.007")) {
          assertThat(viewer.in.readInt()).isZero();
        }
      }
      viewer.initialise(true);
      viewer.ask(false);
      assertThat(viewer.update()).isNotEmpty();
    }
  }

  private RfbViewer challenged(int port, String version) throws IOException {
    RfbViewer viewer = new RfbViewer(port);
    viewer.version(version);
    if (version.equals("003.003")) {
      assertThat(viewer.in.readInt()).isEqualTo(2);
    } else {
      assertThat(viewer.in.readShort()).isEqualTo((short) 0x0102);
      viewer.out.write(2);
    }
    assertThat(viewer.in.readNBytes(16)).containsOnly(7);
    return viewer;
  }

  @ParameterizedTest
  @ValueSource(strings = {"003.003", "003.008"})
  void whoKnowsThePasswordMayLook(String version) throws Exception {
    int port = serve(Optional.of("geheim"));
    byte[] challenge = new byte[16];
    Arrays.fill(challenge, (byte) 7);
    try (RfbViewer viewer = challenged(port, version)) {
      viewer.out.write(new VncPassword("geheim").answer(challenge));
      assertThat(viewer.in.readInt()).isZero();
      viewer.initialise(true);
    }
    try (RfbViewer viewer = challenged(port, version)) {
      viewer.out.write(new VncPassword("geheimer").answer(challenge));
      assertThat(viewer.in.readInt()).isEqualTo(1);
      if (version.equals("003.008")) {
        String why =
            new String(viewer.in.readNBytes(viewer.in.readInt()), StandardCharsets.US_ASCII);
        assertThat(why).isEqualTo("the password is another");
      }
      assertThat(viewer.in.read()).isEqualTo(-1);
    }
  }

  /** As OpenSSL's des-ecb has it, with the bits of each byte of the key the other way round. */
  @Test
  void theAnswerToAChallengeIsThatOfOtherPrograms() {
    assertThat(new VncPassword("password").answer(new byte[8]))
        .containsExactly(0xff, 0x97, 0x50, 0x2e, 0x94, 0x22, 0xf0, 0x89);
  }

  @Test
  void securityThatWasNotOfferedIsRefused() throws Exception {
    try (RfbViewer viewer = new RfbViewer(serve(Optional.of("x")))) {
      viewer.version("003.008");
      assertThat(viewer.in.readShort()).isEqualTo((short) 0x0102);
      viewer.out.write(1); // None
      assertThat(viewer.in.readInt()).isEqualTo(1);
      assertThat(viewer.in.readNBytes(viewer.in.readInt())).isNotEmpty();
      assertThat(viewer.in.read()).isEqualTo(-1);
    }
  }

  @Test
  void aViewerThatDoesNotShareIsTheOnlyOne() throws Exception {
    picture();
    int port = serve();
    try (RfbViewer first = RfbViewer.open(port);
        RfbViewer second = new RfbViewer(port)) {
      second.version("003.003");
      assertThat(second.in.readInt()).isEqualTo(1);
      second.initialise(false);
      assertThat(first.in.read()).isEqualTo(-1);
      second.ask(false);
      assertThat(second.update()).isNotEmpty();
    }
  }

  @Test
  void moreViewersThanThereArePlacesForAreTurnedAway() throws Exception {
    int port = serve();
    List<RfbViewer> viewers = new ArrayList<>();
    try {
      for (int n = 0; n < VncServer.MOST_VIEWERS; n++) {
        viewers.add(RfbViewer.open(port));
      }
      try (RfbViewer late = new RfbViewer(port)) {
        assertThat(late.in.read()).isEqualTo(-1);
      } catch (SocketException e) {
        assertThat(e).hasMessageContaining("reset");
      }
      viewers.removeFirst().close();
      boolean served = false;
      while (!served) { // The server learns of the one that left in its own time.
        try (RfbViewer next = new RfbViewer(port)) {
          served = next.in.read() == 'R';
        } catch (IOException e) {
          served = false;
        }
      }
    } finally {
      for (RfbViewer viewer : viewers) {
        viewer.close();
      }
    }
  }

  @Test
  void aPortThatIsTakenIsSaidInASentence() {
    int port = serve();
    assertThatThrownBy(() ->
            VncServer.open(
                screen,
                new VncSettings(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                    Optional.empty()),
                "other",
                Clock.host(),
                Effects.host().tasks(),
                bytes -> {},
                notices::add))
        .isInstanceOf(HostException.class)
        .hasMessageContaining("viewers cannot be served at 127.0.0.1:" + port);
  }

  // ------------------------------------------------------------ who means no good

  @Test
  void aViewerThatReadsNothingHoldsNobodyUp() throws Exception {
    screen.show(1024, 768);
    int port = serve();
    AtomicLong charged = new AtomicLong();
    screen.attach(charged::addAndGet);
    screen.show(1024, 768);
    try (RfbViewer slow = RfbViewer.open(port);
        RfbViewer viewer = RfbViewer.open(port)) {
      Random random = new Random(3);
      int[] row = new int[1024];
      for (int n = 0; n < 5; n++) {
        for (int y = 0; y < 768; y++) {
          Arrays.setAll(row, x -> random.nextInt());
          screen.draw(0, y, row, 1024);
        }
        screen.drawn(0, 0, 1024, 768);
        slow.ask(false); // 3 MiB of noise each, which it never reads.
        viewer.ask(false);
        assertThat(viewer.update()).isNotEmpty();
        assertThat(viewer.pixels).isEqualTo(screen.frame().pixels());
      }
      viewer.key('a', true);
      assertThat(keys.take(1)).containsExactly("+30");
    }
    assertThat(charged.get()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void whateverIsSentNothingBreaksAndOthersAreServed(long seed) throws Exception {
    picture();
    int port = serve();
    Random random = new Random(seed);
    for (int round = 0; round < 60; round++) {
      try (RfbViewer viewer = random.nextInt(4) == 0 ? new RfbViewer(port) : RfbViewer.open(port)) {
        byte[] noise = new byte[1 + random.nextInt(3_000)];
        random.nextBytes(noise);
        for (int i = 0; i < noise.length; i += 1 + random.nextInt(20)) {
          int[] types = {0, 2, 3, 4, 5, 6, 255, 0, 1};
          noise[i] = (byte) types[random.nextInt(types.length)];
        }
        viewer.out.write(noise);
      } catch (SocketException | EOFException e) {
        // It was turned away meanwhile.
      }
    }
    Object ignored = keys.take(0);
    ignored = pointer.take(0);
    RfbViewer viewer = null;
    while (viewer == null) { // Others are still leaving.
      try {
        viewer = RfbViewer.open(port);
      } catch (EOFException | SocketException e) {
        viewer = null;
      }
    }
    try (RfbViewer last = viewer) {
      last.ask(false);
      assertThat(last.update()).isNotEmpty();
      assertThat(last.pixels).isEqualTo(screen.frame().pixels());
    }
  }

  @Test
  void whoSaysNothingIsSentAwayInTime() throws Exception {
    AtomicLong now = new AtomicLong();
    Clock clock =
        new Clock() {
          @Override
          public long nanos() {
            return now.get();
          }

          @Override
          public long epochNanos() {
            return now.get();
          }
        };
    server =
        VncServer.open(
            screen,
            new VncSettings(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Optional.empty()),
            "vm",
            clock,
            Effects.host().tasks(),
            bytes -> {},
            notices::add);
    try (RfbViewer silent = new RfbViewer(server.port())) {
      assertThat(silent.in.read()).isEqualTo('R');
      now.set(TimeUnit.SECONDS.toNanos(11));
      try (RfbViewer other = RfbViewer.open(server.port())) { // Which has the server look again.
        assertThat(silent.in.readAllBytes()).hasSize(11);
        assertThat(other.width).isEqualTo(WIDTH);
      }
    }
  }
}
