set client_encoding = 'UTF8';
set standard_conforming_strings = on;
set check_function_bodies = off;
set xmloption = content;
set client_min_messages = warning;
set default_tablespace = '';
set default_table_access_method = heap;
set search_path = '';
