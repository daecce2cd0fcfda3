# Sourced by the package tests that run the installed programs in $root without a service manager.

inside() { chroot "$root" "${clean_environment[@]}" "$@"; }
as_service() { inside setpriv --reuid brygga --regid brygga --init-groups "$@"; }
owner() { inside stat -c '%U:%G %a' "$1"; }

# start NAME COMMAND...: logs to $work/NAME.log, its line of readiness is left in $ready, its process in $started
start() {
    local name=$1 out
    shift
    exec {out}< <(exec "$@" 2>"$work/$name.log")
    started=$!
    read -r -t 60 ready <&"$out" || fail "$name did not start"
}
start_host() {
    local command
    read -ra command < <(sed -n 's/^ExecStart=//p' "$root/lib/systemd/system/brygga.service")
    start bryggad chroot "$root" setpriv --reuid brygga --regid brygga --init-groups "${command[@]}"
    host=$started
}
stop_host() {
    local status=0
    kill -TERM "$host"
    wait "$host" || status=$?
    expect_equal "$status" 0 "exit status of bryggad"
}
brygga() { inside BRYGGA_TOKEN_FILE=/var/lib/brygga/admin.token brygga "$@"; }
# run_flow: reads and delivers all there is
run_flow() { brygga run shop-orders --wait >"$work/run.log" 2>&1 || fail "the run has failed or held something"; }
control() { curl -fsS "$control$1" "${@:2}"; }
report() { control /report | jq -er "$1"; }
delivered() { report '[.orders[] | select(.documents != [])] | length'; }
# expect_books N: N orders are in the books, each once and to the cent
expect_books() {
    expect_equal "$(delivered)" "$1" "orders in the books"
    expect_equal "$(report '[.orders[].documents | length] | max')" 1 "documents of one order"
    expect_equal "$(report '[.orders[] | select(.equal | not)] | length')" 0 "orders with another total in the books"
    expect_equal "$(report '[.duplicates[] | length] | add')" 0 "duplicates"
}

# set_up_flow EXAMPLES: the simulated vendors, and the example flow between them; the number of its only order in $number
set_up_flow() {
    start brygga-sim chroot "$root" setpriv --reuid nobody --regid nogroup --clear-groups \
        brygga-sim --clean --orders 0 --seed 1 --budgets off
    sim=$ready
    control=$(jq -er .control <<<"$sim")
    inside sh -c "cp -r $1/*.d /etc/brygga"
    for secret in ccv-public:public_key ccv-secret:secret_key ea-id:client_id ea-secret:client_secret ea-refresh:refresh_token; do
        jq -er ".credentials.${secret#*:}" <<<"$sim" |
            inside install -m 640 -g brygga /dev/stdin "/etc/brygga/secrets/${secret%:*}"
    done
    sed -i "s|https://demo.ccvshop.nl|$(jq -er .ccvshop <<<"$sim")|" "$root/etc/brygga/connections.d/shop-nl.yaml"
    sed -i "s|https://eaccountingapi.vismaonline.com/v2|$(jq -er .eaccounting <<<"$sim")|
        s|https://identity.vismaonline.com|$(jq -er .identity <<<"$sim")|
        s|# refresh_token:|refresh_token:|" "$root/etc/brygga/connections.d/books-se.yaml"
    sed -i "/^trigger:/d; s/# from_date: .*/from_date: 2020-01-01/" "$root/etc/brygga/flows.d/shop-orders.yaml"
    echo "# mine" >>"$root/etc/brygga/brygga.yaml"
    expect as_service brygga check /etc/brygga
    number=$(control /shop/orders -d '{"n":1}' | jq -er '.numbers[0]')
}
