rootProject.name = "vestibule-client"
