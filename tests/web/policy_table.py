"""Who may come to each address at all, kept by hand: what ``policies`` asks before any view.

An address that comes is put here by whoever has thought about who needs it; what somebody may then
see or do there stands in the tables ``matrix_table`` and of ``test_every_route``.
"""

POLICIES = {
    "permission:chase": """
        tasks.chase
    """,
    "permission:check_record": """
        access.log access.log_csv audit.certificate audit.checkpoint audit.index audit.record
        audit.seal audit.verify
    """,
    "permission:manage_council": """
        governance.change units.add units.close units.merge units.show
    """,
    "permission:manage_meetings": """
        calendar.hand_in calendar.take_in meetings.cancel meetings.move meetings.new
    """,
    "permission:manage_people": """
        people.deactivate people.end_post people.end_sessions people.erase people.hold
        people.invite people.new people.reactivate proposals.agree proposals.refuse proposals.show
        proposals.take_back
    """,
    "permission:own_day_rules": """
        day_rules.change
    """,
    "permission:plan_cycle": """
        changes.propose cycles.add_plan cycles.carry_over cycles.close cycles.close_again
        cycles.decide cycles.follow cycles.new cycles.open_year cycles.take_in
        rehearsals.ask rehearsals.stop
    """,
    "permission:record_days": """
        closed_days.take_back outside_days.closure outside_days.event outside_days.holiday
        outside_days.take_back_event
    """,
    "permission:record_resolutions": """
        resolutions.agreed resolutions.decide meetings.correct corrections.propose
        corrections.settle corrections.take_back
    """,
    "permission:watch_lawfulness": """
        corrections.agree corrections.refuse
    """,
    "permission:remind": """
        board.remind
    """,
    "permission:see_exempt_readings": """
        access.readings access.readings_csv
    """,
    "public": """
        health ready signing.ask_for_link signing.forgotten signing.set_password signing.sign_in
        signing.sign_out signing.try_sign_in static
    """,
    "signed_in": """
        corrections.of_report corrections.show
        board.board_file board.entries board.entries_file board.index board.services board.thread
        calendar.as_csv calendar.as_ical calendar.as_xlsx changes.act changes.more_time
        changes.moved changes.moves changes.show changes.what_if closed_days.event_what_if
        closed_days.what_if cycles.find
        cycles.index cycles.show cycles.year day_rules.by_nation day_rules.index
        day_rules.own_law frameworks.days frameworks.index
        frameworks.one_way frameworks.plan_type frameworks.report frameworks.roles frameworks.show
        frameworks.ways governance.index resolutions.ask_again items.comment items.elsewhere
        items.document items.freeze items.history resolutions.list_item items.publish items.refresh
        items.show help.glossary help.index help.show
        resolutions.waive items.with_reason items.write meetings.deadlines meetings.deadlines_csv
        meetings.deadlines_ical meetings.decisions meetings.index meetings.programme
        meetings.programme_csv meetings.programme_xlsx meetings.show outside_days.index
        people.cover people.end_cover people.index people.show plans.act plans.answer plans.ask
        plans.compare plans.document plans.entry plans.hand_in plans.history plans.look
        plans.new_entry plans.printed comments.add
        comments.answer comments.settle
        preview.draw plans.refresh plans.remove_entry plans.section plans.section_document
        plans.show plans.write_section published.index published.words published.show
        rehearsals.progress rehearsals.show signing.account sheet.show signing.change_password
        signing.end_session signing.end_sessions signing.kept tasks.claim tasks.done tasks.front
        tasks.give_back tasks.mine tasks.posts tasks.waiting search.index
        timetable.cycle timetable.cycle_file timetable.cycle_printed timetable.file
        timetable.index timetable.meetings timetable.printed timetable.step timetable.year
        units.index
    """,
}
