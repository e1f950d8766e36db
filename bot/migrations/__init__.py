"""The steps from every earlier state of the records to the present one."""
