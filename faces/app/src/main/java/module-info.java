/** main. */
module atoll.app {
  requires atoll.host;
  requires atoll.front;
}
