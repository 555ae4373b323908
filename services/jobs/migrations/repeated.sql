-- Run after the migrations, each time: the days of finished jobs that are to come.
SELECT jobs.make_finished_days()
