/** Screens of guests: pictures, and who looks at them. */
module atoll.display {
  requires atoll.host;
  requires atoll.device;

  exports atoll.display to
      atoll.scenario,
      atoll.manager,
      atoll.api,
      atoll.front;

  opens atoll.display to
      atoll.state;
}
