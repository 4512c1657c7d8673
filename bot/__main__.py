"""`python -m bot`: loads the command line without looking for rubbish on the way, which took a sixth of a start."""

import gc

if __name__ == "__main__":
    gc.disable()
    from bot.command_line import main

    gc.freeze()  # what was loaded stays
    gc.enable()
    main()
