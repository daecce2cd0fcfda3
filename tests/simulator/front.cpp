#include "front.hpp"

namespace brygga::sim {

std::string path_template(std::string_view path) {
    std::string out;
    while (!path.empty()) {
        const auto slash = path.find('/');
        const std::string_view part = path.substr(0, slash);
        const bool number = !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
        out.append(number || is_guid(part) ? "{id}" : part);
        if (slash == std::string_view::npos) break;
        out += '/';
        path.remove_prefix(slash + 1);
    }
    return out;
}

Reply Front::serve(const Request& request) {
    const auto fault = faults_.pick(name_, request.method, request.path());
    Reply reply = fault ? with_fault(request, *fault) : vendor_(request);
    reply.delay_ms += latency_ms_.load(std::memory_order_relaxed);
    reply.headers.emplace_back("Date", http_date(clock_.now()));
    meter_.count(name_, request.method, path_template(request.path()),
                 reply.ending == Reply::Ending::reset ? 0 : reply.status);
    return reply;
}

Reply Front::with_fault(const Request& request, const Fault& fault) {
    switch (fault.kind) {
        case FaultKind::too_many:
        case FaultKind::error_500:
        case FaultKind::error_502:
        case FaultKind::error_503:
        case FaultKind::expired_token: {
            Reply reply = error_(fault);
            if (fault.retry_after) reply.headers.emplace_back("Retry-After", *fault.retry_after);
            reply.delay_ms = fault.delay_ms;
            return reply;
        }
        case FaultKind::reset_before: {
            Reply reply;
            reply.ending = Reply::Ending::reset;
            reply.delay_ms = fault.delay_ms;
            return reply;
        }
        case FaultKind::reset_after:
        case FaultKind::truncated: {
            Reply reply = vendor_(request);
            reply.ending = fault.kind == FaultKind::truncated ? Reply::Ending::truncated : Reply::Ending::reset;
            reply.delay_ms = fault.delay_ms;
            return reply;
        }
        case FaultKind::slow: {
            Reply reply = vendor_(request);
            reply.delay_ms = fault.delay_ms;
            return reply;
        }
        case FaultKind::html:
        case FaultKind::garbage:
            break;
    }
    if (fault.applied) vendor_(request);
    Reply reply;
    reply.delay_ms = fault.delay_ms;
    if (fault.kind == FaultKind::html) {
        reply.status = fault.status != 0 ? fault.status : 502;
        reply.type = "text/html; charset=utf-8";
        reply.body =
            "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>"
            "<h1>502 Bad Gateway</h1><hr>gateway</body></html>";
    } else {
        reply.status = fault.status != 0 ? fault.status : 200;
        reply.body = "{\"Id\": [1, 2, {\"x\": \"\xC3\x28";
    }
    return reply;
}

}  // namespace brygga::sim
