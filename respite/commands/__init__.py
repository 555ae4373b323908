"""The commands of the command line, a file for each thing that they are about.

They speak to the services as the operator, by gRPC alone, or to providers and databases with what
the environment holds; what a command does is elsewhere, here is how it is asked for and shown.
"""
