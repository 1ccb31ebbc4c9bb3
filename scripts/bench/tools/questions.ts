/** Questions as people ask them, each with the tools of which one answers it. */
export interface ToolQuestion {
  question: string
  tools: readonly string[]
}

const of = (question: string, ...tools: string[]): ToolQuestion => ({ question, tools })

/** They share a word with the tool. */
export const IN_ITS_WORDS: readonly ToolQuestion[] = [
  of('Which files are in my folder?', 'fs_list_directory', 'fs_search_files', 'fs_directory_tree'),
  of('Read the file notes.txt to me', 'fs_read_text_file', 'fs_read_document'),
  of('Move report.docx to the archive folder', 'fs_move_file'),
  of('Delete the file draft.txt', 'fs_delete_file'),
  of('What does page 3 of the contract document say?', 'fs_read_document'),
  of('Search my documents for the warranty of the fridge', 'fs_search_documents'),
  of('What time is it in Tokyo?', 'time_get_current_time', 'time_convert_time'),
  of('Convert 3 pm in London to the time zone of New York', 'time_convert_time'),
  of('Do I have new emails from the school?', 'mail_list_emails', 'mail_search_emails'),
  of('Send an email to Anna that I will be late', 'mail_send_email'),
  of('Save the attachment of the last email from the bank', 'mail_download_attachment'),
  of('Reply to the email from Peter with yes', 'mail_reply_email'),
  of('Open an issue in our repository about the broken build', 'github_create_issue'),
  of('Merge pull request 42', 'github_merge_pull_request'),
  of('Post a message to the team channel that lunch is ready', 'slack_post_message'),
  of('Create an event on Friday at ten: dentist', 'calendar_create_event'),
  of('Which events do I have tomorrow?', 'calendar_list_events'),
  of('Find a free time for a meeting with Ben and Eva', 'calendar_find_free_time'),
  of('Turn off the light in the kitchen', 'home_turn_off'),
  of('Set the thermostat to 20 degrees', 'home_set_temperature'),
  of('Is the front door locked? If not, lock the door', 'home_lock_door', 'home_get_state'),
  of('Play the new album of Adele', 'music_play'),
  of('Which song is playing?', 'music_get_currently_playing'),
  of('Show me the columns of the table orders', 'postgres_describe_table'),
  of('Create a page in Notion with the minutes', 'notion_create_page'),
  of('Assign the ticket OPS-12 to Maria', 'jira_assign_ticket'),
  of('Give me directions from home to the airport', 'maps_directions'),
  of('What is the weather forecast for the weekend?', 'weather_get_forecast'),
  of('Take a screenshot of the start page', 'browser_take_screenshot'),
  of('Who changed line 30 of main.c last? Use blame', 'git_blame'),
  of('Show the logs of the container web', 'docker_container_logs'),
  of('Find photos of grandma at the lake', 'photos_search_photos'),
  of('What is the phone number of Doctor Meyer?', 'contacts_find_contact'),
  of('Add a task: buy milk', 'todo_add_task'),
  of('Translate "good morning" into Portuguese', 'language_translate'),
  of('How much is 50 euro in Swiss currency?', 'money_convert_currency'),
  of('How many steps did I make today?', 'fitness_get_steps'),
  of('Search flights from Vienna to Lisbon in May', 'travel_search_flights'),
  of('Print the file ticket.pdf twice', 'print_print_file'),
  of('How much disk space is free?', 'system_disk_usage'),
]

/** They share none: what people mean must be known to find it. */
export const IN_OTHER_WORDS: readonly ToolQuestion[] = [
  of('Get rid of the old invoice', 'fs_delete_file'),
  of('What did I write about our trip to Norway?', 'fs_search_documents'),
  of('Put these lines into a new memo', 'fs_save_file', 'fs_write_file'),
  of('Has Mum written to me?', 'mail_list_emails', 'mail_search_emails'),
  of('Let Tom know that dinner is at eight', 'mail_send_email', 'slack_post_message'),
  of('Is it already midnight in Sydney?', 'time_get_current_time', 'time_convert_time'),
  of('It is too dark in here', 'home_turn_on', 'home_open_cover'),
  of('I am freezing', 'home_set_temperature'),
  of('Should I take an umbrella?', 'weather_get_forecast', 'weather_get_current_weather'),
  of('How do I get to the station on foot?', 'maps_directions'),
  of('Am I busy on Thursday afternoon?', 'calendar_list_events', 'calendar_find_free_time'),
  of('It is too loud', 'music_set_volume'),
  of('Somebody should clean the floor', 'home_start_vacuum'),
  of('When does Grandpa turn eighty?', 'contacts_list_birthdays'),
  of('Do not let me forget the dentist tomorrow', 'todo_set_reminder', 'todo_add_task'),
  of('Where is my package?', 'travel_track_parcel'),
  of('How rich am I?', 'money_get_balance'),
  of('What can I cook with leeks and eggs?', 'recipes_search_recipes'),
  of('Did I get enough rest last night?', 'fitness_get_sleep'),
  of('What does "petrichor" mean?', 'language_define_word'),
]
