auto a = std::chrono::system_clock::now();
auto b = time(nullptr);
auto c = clock.time(0);  // an injected clock: std::chrono::steady_clock::now() in a comment is fine
std::this_thread::sleep_for(a);
auto d = "SELECT strftime('%s', 'now')";
